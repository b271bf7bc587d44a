/** Opens the stream that PyTorch wrote from 0.1.10 to 1.5; the released MoCo and SwAV files have this format. */
import { type ByteSource, chunksOfSource, readBytes, subSource } from '../../bytes/source.ts'
import { damagedAdvice, FormatError } from '../../errors.ts'
import { decodePickle, type Pickle } from '../../pickle/decode.ts'
import { limitsFor } from '../../pickle/limits.ts'
import { describeValue, type PickleValue, Tuple } from '../../pickle/values.ts'
import type { Checkpoint } from '../../tensor/tensor.ts'
import type { Format, OpenContext } from '../format.ts'
import { describePickle } from './checkpoint.ts'
import { COUNT_SIZE, LEGACY_MAGIC, LEGACY_MAGIC_BYTES, LEGACY_MAGIC_TEXT, LEGACY_PROTOCOL } from './layout.ts'
import { whenAsked, whichLoad } from './safety/loads.ts'
import { whyRefused } from './safety/weights-only.ts'
import { collectStorages, itemSize, type StorageAccess } from './tensors/storage.ts'
import { KeptStorages } from './tensors/storage-cache.ts'

export const torchLegacy: Format = { name: 'PyTorch legacy stream', sniff, open: openLegacy }

/** PROTO takes two bytes, FRAME nine more: the magic number is near the start, but not at a fixed position. */
function sniff(head: Uint8Array): boolean {
  const text = String.fromCharCode(...head.subarray(0, 64))
  const magic = String.fromCharCode(...LEGACY_MAGIC_BYTES)
  return (head[0] === 0x80 && text.slice(2, 24).includes(magic)) || text.startsWith(LEGACY_MAGIC_TEXT)
}

/** The pickles around the object are a few bytes long; the list of keys grows with the file. */
const MAX_PREAMBLE_BYTES = 64 * 1024

async function openLegacy(source: ByteSource, context: OpenContext): Promise<Checkpoint> {
  const magic = await readPlain(source, 0, 'the magic number', MAX_PREAMBLE_BYTES)
  require(source, 0, 'the magic number', magic.value === LEGACY_MAGIC, magic.value)
  const protocol = await readPlain(source, magic.end, 'the protocol version', MAX_PREAMBLE_BYTES)
  require(source, magic.end, `protocol version ${LEGACY_PROTOCOL}`, protocol.value ===
    LEGACY_PROTOCOL, protocol.value)
  const machine = await readPlain(source, protocol.end, 'the description of the machine', MAX_PREAMBLE_BYTES)
  const limits = limitsFor(source.size, context.limits)
  const object = await decodePickle(source, machine.end, undefined, limits, classOf)
  const keys = await readPlain(source, object.end, 'the list of storage keys')
  const { places, end, isSwapped } = await locateStorages(source, object, keys)
  const kept = new KeptStorages(context)
  const refusedByDefault = whyRefused(object, magic, protocol, machine, keys)
  const loads = whenAsked(() =>
    isSwapped
      ? 'never'
      : whichLoad('stream', object, refusedByDefault !== undefined, magic, protocol, machine, keys),
  )
  return {
    format: torchLegacy.name,
    get torchLoads() {
      return loads()
    },
    refusedByDefault,
    era: 'PyTorch 0.1.10 to 1.5, or a later one on request',
    source: source.name,
    size: source.size,
    ...describePickle(object, storageAccess(source, places, kept), source.name),
    notes:
      end < source.size
        ? [`${source.size - end} bytes after the last storage are ignored, as PyTorch does`]
        : [],
    close: () => kept.close(),
  }
}

/** `('module', class, file, source)`: PyTorch returns the class, which is then called (`persistent_load`). */
function classOf(id: PickleValue): PickleValue | undefined {
  if (!(id instanceof Tuple) || id.items[0] !== 'module') return undefined
  return id.items.length === MODULE_ITEMS ? id.items[1] : undefined
}

const MODULE_ITEMS = 4

/** These parts are plain values: a name in them can only be an attack (a magic number computed with `eval`). */
async function readPlain(source: ByteSource, offset: number, what: string, limit?: number): Promise<Pickle> {
  const pickle = await decodePickle(source, offset, limit)
  const named = pickle.globals[0]
  require(source, offset, `${what} as a plain value`, named === undefined &&
    pickle.persistent.length === 0, named ?? null)
  return pickle
}

function require(
  source: ByteSource,
  offset: number,
  expected: string,
  holds: boolean,
  found: PickleValue,
): void {
  if (holds) return
  throw new FormatError(
    { source: source.name, offset },
    `expected ${expected}, found ${describeValue(found)}.`,
    'The file is damaged or not a PyTorch checkpoint.',
  )
}

interface StoragePlace {
  readonly offset: number
  readonly size: number
  /** In elements, from the pickle; the file repeats it in the 8 bytes before. */
  readonly count: number
}

/**
 * Checks that the element count in front of each storage equals the pickle's. For a remote file, each count would be a
 * request, so it is only checked for storages that are read.
 */
async function locateStorages(
  source: ByteSource,
  object: Pickle,
  keys: Pickle,
): Promise<{ places: ReadonlyMap<string, StoragePlace>; end: number; isSwapped: boolean }> {
  const storages = collectStorages(object.persistent, source.name)
  const listed = asKeys(keys.value, source, object.end)
  const total = listed.reduce((sum, key) => sum + COUNT_SIZE + sizeOf(storages.get(key)), keys.end)
  requireSameKeys(source, object.end, listed, storages)
  if (total > source.size)
    throw new FormatError(
      { source: source.name, offset: source.size },
      `the file is cut short: its ${listed.length} storages end at byte ${total}, but the file has ${source.size} bytes.`,
      `${total - source.size} bytes are missing: download or copy it again.`,
    )
  const places = new Map<string, StoragePlace>()
  let offset = keys.end
  let isSwapped = false
  for (const key of listed) {
    const storage = storages.get(key)!
    const place = { offset: offset + COUNT_SIZE, size: sizeOf(storage), count: storage.count }
    if (!source.expect && (await requireCount(source, key, place)) === 'big') isSwapped = true
    places.set(key, place)
    offset = place.offset + place.size
  }
  return { places, end: offset, isSwapped }
}

function sizeOf(storage: { type: Parameters<typeof itemSize>[0]; count: number } | undefined): number {
  return storage ? storage.count * itemSize(storage.type) : 0
}

function asKeys(value: PickleValue, source: ByteSource, offset: number): string[] {
  const isList = Array.isArray(value) && value.every(key => typeof key === 'string')
  require(source, offset, 'a list of storage keys', isList, value)
  return value as string[]
}

/** PyTorch does not initialise a storage that is missing from the list: it silently gets random values. */
function requireSameKeys(
  source: ByteSource,
  offset: number,
  listed: readonly string[],
  storages: ReadonlyMap<string, unknown>,
): void {
  const unique = new Set(listed)
  const missing = [...storages.keys()].find(key => !unique.has(key))
  const unknown = listed.find(key => !storages.has(key))
  const problem =
    missing !== undefined
      ? `storage '${missing}', which tensors refer to, is not in the list of storages`
      : unknown !== undefined
        ? `the list of storages names '${unknown}', which no tensor refers to, so its size is unknown`
        : unique.size < listed.length
          ? 'the list of storages has a duplicate'
          : undefined
  if (problem === undefined) return
  throw new FormatError({ source: source.name, offset }, `${problem}.`, damagedAdvice('file'))
}

/** @returns the byte order */
async function requireCount(
  source: ByteSource,
  key: string,
  { offset: end, count: expected }: StoragePlace,
): Promise<'little' | 'big'> {
  const offset = end - COUNT_SIZE
  const bytes = await readBytes(source, offset, COUNT_SIZE)
  const view = new DataView(bytes.buffer)
  const found = view.getBigInt64(0, true)
  if (found === BigInt(expected)) return 'little'
  // Until 2019, big-endian machines wrote the count in their own order, before little-endian elements. Other machines cannot
  // read these files.
  if (view.getBigInt64(0, false) === BigInt(expected)) return 'big'
  throw new FormatError(
    { source: source.name, offset },
    `expected the count of storage '${key}', ${expected} elements, found ${found}.`,
    damagedAdvice('file'),
  )
}

function storageAccess(
  source: ByteSource,
  places: ReadonlyMap<string, StoragePlace>,
  kept: KeptStorages,
): StorageAccess {
  async function open(key: string) {
    const place = places.get(key)!
    const { offset, size } = place
    if (source.expect) await requireCount(source, key, place)
    return { source: subSource(source, offset, size, `${source.name} (storage '${key}')`) }
  }
  // The stream has no checksums, and its elements are always little-endian.
  return {
    fileSize: source.size,
    bigEndian: false,
    expect(key, from, length) {
      if (kept.has(partKey(key, from, length))) return
      const { offset } = places.get(key)!
      // The count is read first, if it is directly before.
      const before = from === 0 ? COUNT_SIZE : 0
      source.expect?.(offset + from - before, length + before)
    },
    open,
    async openPart(key, from, length, once) {
      const { source: whole } = await open(key)
      const part = subSource(whole, from, length, whole.name)
      // For a remote file, each read would fetch it again.
      if (once || !source.expect) return part
      return kept.get(partKey(key, from, length), part.name, length, () => chunksOfSource(part))
    },
  }
}

function partKey(key: string, offset: number, length: number): string {
  return `${offset} ${length} ${key}`
}
