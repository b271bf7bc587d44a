/** Cases for the fuzzer: the parts of fixtures, and files made from them and damaged in various ways. */
import { readdirSync, readFileSync } from 'node:fs'
import { deflateRawSync, gzipSync } from 'node:zlib'
import { memorySource, readBytes } from '../../src/bytes/source.ts'
import { decodePickle } from '../../src/pickle/decode.ts'
import { isTarHeader, readTar, tarSource } from '../../src/tar/read.ts'
import { type Dice, mutate, mutatePickle, pickleOf } from './mutate.ts'
import {
  mutateJson,
  mutateSafetensors,
  mutateTar,
  mutateTarFiles,
  randomStream,
  type TarFile,
} from './mutate-containers.ts'
import { mutateOperations, type Operations, operationsOf } from './mutate-opcodes.ts'
import { mutateZip, piecesOf, type ZipPieces } from './mutate-zip.ts'
import { type ZipPart, zipBytes } from './zip-bytes.ts'

/** A file, and the others in its folder. */
export interface Case {
  readonly bytes: Uint8Array
  readonly beside?: ReadonlyMap<string, Uint8Array>
}

/** The pickles at the start of a stream (the fourth is the object, the fifth the storages), and the rest. */
interface Stream {
  readonly pickles: readonly Uint8Array[]
  readonly object: Operations
  readonly rest: Uint8Array
}

/** An archive with one of its pickles. */
interface Pickled {
  readonly parts: readonly ZipPart[]
  readonly at: number
  readonly operations: Operations
}

export interface Seeds {
  readonly files: readonly Uint8Array[]
  readonly pickles: readonly Uint8Array[]
  readonly operations: readonly Operations[]
  readonly archives: readonly ZipPieces[]
  readonly pickled: readonly Pickled[]
  readonly streams: readonly Stream[]
  readonly tables: readonly Uint8Array[]
  readonly tars: readonly Uint8Array[]
  readonly tarFiles: readonly (readonly TarFile[])[]
  readonly indexes: readonly Required<Case>[]
}

const FOLDERS = [
  'fixtures/torch',
  'fixtures/unusual',
  'fixtures/formats',
  'fixtures/invalid',
  'fixtures/checkpoints',
]

const read = (path: string): Uint8Array => new Uint8Array(readFileSync(path))

/** @param more files in addition to those of the folders */
export async function loadSeeds(
  folders: readonly string[] = FOLDERS,
  more: readonly Uint8Array[] = [],
): Promise<Seeds> {
  const paths = folders.flatMap(folder => readdirSync(folder).map(name => `${folder}/${name}`))
  const found = paths.filter(path => !path.startsWith('fixtures/torch/') || !path.endsWith('.json'))
  const files = [...found.map(read), ...more]
  const named = (pattern: RegExp): Uint8Array[] => found.filter(path => pattern.test(path)).map(read)
  const pickles = files.flatMap(bytes => pickleOf(bytes) ?? [])
  const streams = await gathered(files, streamOf)
  const tars = files.filter(isTarHeader)
  const archives = await gathered(files, piecesOf)
  const pickled = (await gathered(archives, pickledIn)).flat()
  return {
    files,
    pickles,
    operations: [...pickled.map(({ operations }) => operations), ...streams.map(({ object }) => object)],
    archives,
    pickled,
    streams,
    tables: named(/\.safetensors$/),
    tars,
    tarFiles: await gathered(tars, tarFilesOf),
    indexes: found.filter(path => path.endsWith('.index.json')).map(indexAt),
  }
}

/** The ones of a given kind. */
async function gathered<S, T>(seeds: readonly S[], parse: (seed: S) => Promise<T | undefined>): Promise<T[]> {
  const all: T[] = []
  for (const seed of seeds) {
    const found = await parse(seed).catch(() => undefined)
    if (found !== undefined) all.push(found)
  }
  return all
}

async function pickledIn({ parts }: ZipPieces): Promise<Pickled[]> {
  const places = [...parts.keys()].filter(at => isPickle(parts[at]!))
  return gathered(places, async at => ({ parts, at, operations: await operationsOf(parts[at]!.data!) }))
}

async function streamOf(bytes: Uint8Array): Promise<Stream> {
  const source = memorySource(bytes, 'seed')
  const pickles: Uint8Array[] = []
  let at = 0
  for (let left = 5; left > 0; left--) {
    const { end } = await decodePickle(source, at)
    pickles.push(bytes.subarray(at, end))
    at = end
  }
  return { pickles, object: await operationsOf(pickles[3]!), rest: bytes.subarray(at) }
}

async function tarFilesOf(bytes: Uint8Array): Promise<readonly TarFile[]> {
  const source = memorySource(bytes, 'seed')
  const files: TarFile[] = []
  for (const entry of await readTar(source))
    files.push({ name: entry.name, data: await readBytes(tarSource(source, entry), 0, entry.size) })
  return files
}

function indexAt(path: string): Required<Case> {
  const bytes = read(path)
  const folder = path.slice(0, path.lastIndexOf('/') + 1)
  const { weight_map } = JSON.parse(new TextDecoder().decode(bytes)) as { weight_map: Record<string, string> }
  const names = [...new Set(Object.values(weight_map))]
  return { bytes, beside: new Map(names.map(name => [name, read(folder + name)])) }
}

const one = <T>(of: readonly T[], roll: Dice): T => of[roll(of.length)]!
const joined = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts))

export type Maker = (seeds: Seeds, roll: Dice) => Case

const isPickle = ({ name }: ZipPart): boolean => /(^|\/)(data|constants)\.pkl$/.test(String(name))

/** An archive in which only the opcodes of one pickle are changed. */
export function spoiledArchive({ pickled, operations: others }: Seeds, roll: Dice): Uint8Array {
  const { parts, at, operations } = one(pickled, roll)
  return zipBytes(parts.with(at, { ...parts[at]!, data: mutateOperations(operations, roll, others) }))
}

/** A stream in which only the opcodes of its object are changed. */
export function spoiledStream({ streams, operations }: Seeds, roll: Dice): Uint8Array {
  const { pickles, object, rest } = one(streams, roll)
  return joined(...pickles.with(3, mutateOperations(object, roll, operations)), rest)
}

/** The beginning of one file and the end of another. */
function grafted({ files }: Seeds, roll: Dice): Uint8Array {
  const [first, second] = [one(files, roll), one(files, roll)]
  return joined(first.subarray(0, roll(first.length + 1)), second.subarray(roll(second.length + 1)))
}

/** Parts of two archives in one. */
function mixed({ archives }: Seeds, roll: Dice): Uint8Array {
  const [first, second] = [one(archives, roll).parts, one(archives, roll).parts]
  return zipBytes([...first.filter(() => roll(3) > 0), ...second.filter(() => roll(3) === 0)])
}

/** Compressed once more, or twice; cut, changed, extended, or unchanged. */
function compressed({ files }: Seeds, roll: Dice): Uint8Array {
  const packed = gzip(mutated(one(files, roll), roll, files), roll)
  const spoil = [
    () => packed,
    () => mutate(packed, roll, files),
    () => packed.subarray(0, roll(packed.length + 1)),
    () => joined(packed, one([packed, new Uint8Array(roll(40)), one(files, roll)], roll)),
    () => gzip(packed, roll),
  ]
  return one(spoil, roll)()
}

const mutated = (bytes: Uint8Array, roll: Dice, files: readonly Uint8Array[]): Uint8Array =>
  roll(2) === 0 ? bytes : mutate(bytes, roll, files)

/** With gzip's optional fields: a name, a comment, a checksum of the header. */
function gzip(bytes: Uint8Array, roll: Dice): Uint8Array {
  if (roll(3) > 0) return new Uint8Array(gzipSync(bytes, { level: 1 }))
  const header = Uint8Array.of(0x1f, 0x8b, roll(10) === 0 ? roll(256) : 8, roll(32), 0, 0, 0, 0, 0, 3)
  const fields = Uint8Array.from({ length: roll(12) }, () => (roll(4) === 0 ? 0 : 97))
  return joined(
    header,
    fields,
    deflateRawSync(bytes, { level: 1 }),
    Uint8Array.from({ length: 8 }, () => roll(256)),
  )
}

/** A damaged index, or a damaged file of it. */
function sharded(seeds: Seeds, roll: Dice): Case {
  const { bytes, beside } = one(seeds.indexes, roll)
  if (roll(3) > 0) return { bytes: mutateJson(bytes, roll), beside }
  const [name, file] = one([...beside], roll)
  const spoiled = file[0] === 0x50 ? spoiledArchive(seeds, roll) : mutateSafetensors(file, roll)
  return { bytes, beside: new Map([...beside, [name, roll(8) === 0 ? bytes : spoiled]]) }
}

const bytes =
  (make: (seeds: Seeds, roll: Dice) => Uint8Array): Maker =>
  (seeds, roll) => ({ bytes: make(seeds, roll) })

/** With equal probability: any bytes, or the parts of each container with valid checksums. */
export const MAKERS: readonly Maker[] = [
  bytes(({ files }, roll) => mutate(one(files, roll), roll, files)),
  bytes(({ pickles }, roll) => mutatePickle(one(pickles, roll), roll, pickles)),
  bytes(({ archives, files }, roll) => mutateZip(one(archives, roll), roll, files)),
  bytes(({ archives, files }, roll) => mutateZip(one(archives, roll), roll, files)),
  bytes(spoiledArchive),
  bytes(spoiledArchive),
  bytes(spoiledStream),
  bytes(spoiledStream),
  bytes((_, roll) => randomStream(roll)),
  bytes(({ tables }, roll) => mutateSafetensors(one(tables, roll), roll)),
  bytes(({ tars }, roll) => mutateTar(one(tars, roll), roll)),
  bytes(({ tarFiles, files }, roll) => mutateTarFiles(one(tarFiles, roll), roll, files)),
  bytes(compressed),
  bytes(grafted),
  bytes(mixed),
  sharded,
]
