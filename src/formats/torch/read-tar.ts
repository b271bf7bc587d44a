/** Opens the tar archives that PyTorch wrote before 0.1.10 (January 2017). */
import { type ByteSource, readBytes, subSource } from '../../bytes/source.ts'
import { damagedAdvice, FormatError } from '../../errors.ts'
import { decodePickle } from '../../pickle/decode.ts'
import { MAX_PICKLE_BYTES } from '../../pickle/limits.ts'
import { describeValue, Global, type Persistent, type PickleValue, Tuple } from '../../pickle/values.ts'
import { BLOCK } from '../../tar/layout.ts'
import { type TarList, tarSource } from '../../tar/read.ts'
import type { Checkpoint, Tensor } from '../../tensor/tensor.ts'
import { describePickle } from './checkpoint.ts'
import { storageType, tensorClass } from './globals.ts'
import { MAX_AXES, TAR } from './layout.ts'
import { whenAsked, whichLoad } from './safety/loads.ts'
import { denseTensor } from './tensors/rebuild.ts'
import { asCount, itemSize, malformed, type StorageAccess, type StorageReference } from './tensors/storage.ts'

const PARTS: readonly string[] = Object.values(TAR)

/** Whether a tar archive contains the parts of a checkpoint, as any kind of entry. */
export function isTorchTar({ files, odd }: TarList): boolean {
  return PARTS.every(name => odd.has(name) || files.some(entry => entry.name === name))
}

/**
 * @throws FormatError for parts that are not plain files under their own names, and headers that Python cannot read:
 *   PyTorch's writer never creates them
 */
function requirePlain(archive: ByteSource, { files: entries, odd, oddFacts }: TarList): void {
  if (oddFacts !== undefined)
    throw new FormatError(
      { source: archive.name, offset: oddFacts },
      'the mode, the owner or the time of an entry is not a number that Python can use.',
      'PyTorch cannot read this archive either: download or copy it again.',
    )
  const part = PARTS.find(name => odd.has(name))
  if (part !== undefined)
    throw new FormatError(
      { source: archive.name },
      `expected ${JSON.stringify(part)} as a plain file of the archive, found a link, or another name for a file.`,
      'The archive was tampered with: download it again.',
    )
  // Python's reader checks for the byte before the next header.
  const cut = entries.find(({ offset, size }) => offset + Math.ceil(size / BLOCK) * BLOCK > archive.size)
  if (!cut) return
  throw new FormatError(
    { source: archive.name, offset: cut.offset },
    `the archive is cut short: ${JSON.stringify(cut.name)} does not end with a whole block.`,
    'Download or copy it again and compare its size.',
  )
}

/** @throws FormatError when the parts are inconsistent */
export async function openTorchTar(archive: ByteSource, list: TarList, limits?: number): Promise<Checkpoint> {
  const { files: entries } = list
  requirePlain(archive, list)
  const part = (name: string) => tarSource(archive, entries.find(entry => entry.name === name)!)
  const storages = await readStorages(part(TAR.storages), archive.size)
  const tensors = await readTensors(part(TAR.tensors), storages)
  const source = part(TAR.pickle)
  const pickle = await decodePickle(source, 0, undefined, limits, classOf)
  const access: StorageAccess = {
    ...storages.access,
    tensorOf: reference => findTensor(reference, tensors, storages, source.name),
  }
  const loads = whenAsked(() => whichLoad('tar', pickle, true))
  return {
    format: 'PyTorch tar archive',
    get torchLoads() {
      return loads()
    },
    refusedByDefault: 'it is a tar archive of PyTorch before 0.1.10',
    era: 'PyTorch before 0.1.10',
    source: archive.name,
    size: archive.size,
    ...describePickle(pickle, access, source.name),
    notes: [],
    async close() {},
  }
}

/** `(class, file, source)`: PyTorch returns the class, which is then called (`persistent_load`). */
function classOf(id: PickleValue): PickleValue | undefined {
  return id instanceof Tuple && id.items.length === CLASS_ITEMS ? id.items[0] : undefined
}

const CLASS_ITEMS = 3

/** For pickles of a few facts, each followed by plain numbers. */
const MAX_FACTS = 64 * 1024

/** Reads consecutive pickles and plain numbers. */
class Cursor {
  readonly source: ByteSource
  offset = 0

  constructor(source: ByteSource) {
    this.source = source
  }

  async pickle(limit = MAX_FACTS): Promise<PickleValue> {
    const { value, end } = await decodePickle(this.source, this.offset, limit)
    this.offset = end
    return value
  }

  /** Reads a pickle that must be a tuple. */
  async tuple(what: string): Promise<readonly PickleValue[]> {
    const at = this.offset
    const value = await this.pickle()
    if (value instanceof Tuple) return value.items
    throw this.unexpected(at, what, value)
  }

  async count(what: string): Promise<number> {
    return asCount(await this.pickle(), what, this.source.name)
  }

  async integers(count: number): Promise<number[]> {
    const bytes = await readBytes(this.source, this.offset, 8 * count)
    this.offset += bytes.length
    const view = new DataView(bytes.buffer)
    return Array.from({ length: count }, (_, index) => Number(view.getBigInt64(8 * index, true)))
  }

  unexpected(offset: number, what: string, found: PickleValue): FormatError {
    return new FormatError(
      { source: this.source.name, offset },
      `expected ${what}, found ${describeValue(found)}.`,
      damagedAdvice('archive'),
    )
  }
}

interface Storages {
  readonly references: ReadonlyMap<string, StorageReference>
  readonly access: StorageAccess
}

/** `storages`: their number; for each, (key, location, class), its length and elements; then the views into them. */
async function readStorages(source: ByteSource, fileSize: number): Promise<Storages> {
  const cursor = new Cursor(source)
  const references = new Map<string, StorageReference>()
  const places = new Map<string, ByteSource>()
  for (let left = await cursor.count('the number of storages'); left > 0; left--) {
    const at = cursor.offset
    const [id, , type] = await cursor.tuple('(key, location, class) of a storage')
    const kind = type instanceof Global ? storageType(type.path) : undefined
    if (kind === undefined) throw cursor.unexpected(at, 'a storage class of PyTorch', type ?? null)
    const key = newKey(id, cursor, references)
    const [length] = await cursor.integers(1)
    const count = asCount(length, 'the length of a storage', source.name)
    places.set(
      key,
      subSource(source, cursor.offset, count * itemSize(kind), `${source.name} (storage '${key}')`),
    )
    references.set(key, { key, type: kind, count, viewOffset: 0, viewCount: count })
    cursor.offset += count * itemSize(kind)
  }
  await addViews(cursor, references)
  const open = async (key: string) => ({ source: places.get(key)! })
  const expect = (key: string, offset: number, length: number) => places.get(key)!.expect?.(offset, length)
  const openPart = async (key: string, offset: number, length: number) => {
    const whole = places.get(key)!
    return subSource(whole, offset, length, whole.name)
  }
  return { references, access: { fileSize, bigEndian: false, expect, open, openPart } }
}

/** (key, key of the whole storage, offset, size), in elements. */
async function addViews(cursor: Cursor, references: Map<string, StorageReference>): Promise<void> {
  const at = cursor.offset
  const views = await cursor.pickle(MAX_PICKLE_BYTES)
  if (!Array.isArray(views)) throw cursor.unexpected(at, 'a list of storage views', views)
  for (const view of views) {
    const [id, root, offset, size] = view instanceof Tuple ? view.items : []
    const whole = references.get(asKey(root, cursor))
    const [viewOffset, viewCount] = [offset, size].map(item =>
      asCount(item, 'a view in elements', cursor.source.name),
    )
    if (!whole || viewOffset! + viewCount! > whole.viewCount)
      throw cursor.unexpected(at, 'a view inside of a storage', view)
    references.set(newKey(id, cursor, references), {
      ...whole,
      // For a view of a view, both offsets add up.
      viewOffset: whole.viewOffset + viewOffset!,
      viewCount: viewCount!,
    })
  }
}

/** `tensors`: their number; for each, (key, storage, class), the number of axes, sizes, strides, and the offset. */
async function readTensors(source: ByteSource, storages: Storages): Promise<ReadonlyMap<string, Tensor>> {
  const cursor = new Cursor(source)
  const tensors = new Map<string, Tensor>()
  for (let left = await cursor.count('the number of tensors'); left > 0; left--) {
    const at = cursor.offset
    const [id, storage, type] = await cursor.tuple('(key, storage, class) of a tensor')
    const dtype = type instanceof Global ? tensorClass(type.path) : undefined
    if (dtype === undefined) throw cursor.unexpected(at, 'a tensor class of PyTorch', type ?? null)
    const axes = await readAxes(cursor)
    const numbers = (await cursor.integers(2 * axes + 1)).map(value =>
      asCount(value, 'a size or stride', source.name),
    )
    const layout = {
      shape: numbers.slice(0, axes),
      strides: numbers.slice(axes, -1),
      offset: numbers.at(-1)!,
    }
    // A tensor without a storage has no elements, and does not appear in a state dict.
    if (storage === null) continue
    const reference = storages.references.get(asKey(storage, cursor))
    if (reference?.type !== dtype) throw cursor.unexpected(at, `a storage of ${dtype}`, storage ?? null)
    tensors.set(
      newKey(id, cursor, storages.references, tensors),
      denseTensor(dtype, layout, reference, storages.access, source.name),
    )
  }
  return tensors
}

/** The last four of the eight bytes are uninitialised memory. */
async function readAxes(cursor: Cursor): Promise<number> {
  const axes = new DataView((await readBytes(cursor.source, cursor.offset, 8)).buffer).getInt32(0, true)
  if (!(axes >= 0 && axes <= MAX_AXES)) throw cursor.unexpected(cursor.offset, 'a number of axes', axes)
  cursor.offset += 8
  return axes
}

/** Keys are memory addresses: beyond 2^53 on some machines. */
function asKey(value: PickleValue | undefined, { source }: Cursor): string {
  if (typeof value === 'number' || typeof value === 'bigint') return String(value)
  throw malformed(source.name, 'a number as key', value)
}

/** Storages, views and tensors share one namespace: a second one with the same key would replace the first. */
function newKey(
  value: PickleValue | undefined,
  cursor: Cursor,
  ...known: ReadonlyMap<string, unknown>[]
): string {
  const key = asKey(value, cursor)
  if (known.some(keys => keys.has(key))) throw malformed(cursor.source.name, 'a key of its own', key)
  return key
}

/** In the object itself, a tensor or storage is referred to by its key as text; a tuple contains the source text of a class. */
function findTensor(
  { id }: Persistent,
  tensors: ReadonlyMap<string, Tensor>,
  { references }: Storages,
  source: string,
): Tensor | undefined {
  if (typeof id !== 'string') throw malformed(source, 'the key of a tensor, or a class', id)
  const key = id.replace(/L$/, '')
  const tensor = tensors.get(key)
  if (tensor || references.has(key)) return tensor
  throw malformed(source, `a tensor of the archive's ${tensors.size}`, id)
}
