/** Storages: what persistent ids say about them, and how their bytes become tensors. */
import type { ByteSource } from '../../../bytes/source.ts'
import { damagedAdvice, FormatError, UnsupportedError } from '../../../errors.ts'
import {
  describeValue,
  FloatTuple,
  Global,
  type Persistent,
  type PickleValue,
  Tuple,
} from '../../../pickle/values.ts'
import { dtypeFacts } from '../../../tensor/dtype.ts'
import type { Tensor } from '../../../tensor/tensor.ts'
import { type StorageType, storageType } from '../globals.ts'

/** A reference to a storage in the pickle. Counts are in elements of its type (in bytes if untyped). */
export interface StorageReference {
  readonly key: string
  readonly type: StorageType
  /** The size of the whole storage. */
  readonly count: number
  /** The referenced part: before PyTorch 0.4, storages could be windows into others. */
  readonly viewOffset: number
  readonly viewCount: number
  /** Views have their own names, in one namespace with the storages. */
  readonly viewKey?: string | undefined
}

/** The bytes of one storage. */
export interface StorageBytes {
  readonly source: ByteSource
  /** @throws FormatError when this is not the CRC-32 of all bytes; missing if the container has no checksums */
  readonly check?: (crc: number) => void
}

/** The part of a container that provides storages. */
export interface StorageAccess {
  /** The size of the container, in bytes: the limits grow with it. */
  readonly fileSize: number
  readonly bigEndian: boolean
  /** Announces a read of these bytes; missing if that makes no difference. */
  expect?(key: string, offset: number, length: number): void
  open(key: string): Promise<StorageBytes>
  /**
   * A part of a storage, whose checksum has been checked once.
   * @param once whether the part will be read once from front to back; otherwise repeatedly and in any order
   */
  openPart(key: string, offset: number, length: number, once: boolean): Promise<ByteSource>
  /** Values that were changed after a call had used them: a tensor that was wrapped before it was filled. */
  readonly altered?: ReadonlySet<PickleValue>
  /** For pickles that refer to whole tensors, not to storages: the tensor, if it is one. */
  tensorOf?(reference: Persistent): Tensor | undefined
}

/** The size of an element in bytes. */
export function itemSize(type: StorageType): number {
  return type === 'untyped' ? 1 : dtypeFacts(type).size
}

/**
 * Reads `('storage', class, key, location, count)`, in legacy files with a sixth item: `None` or `(key, offset, count)` of a
 * view. Locations are ignored.
 * @returns undefined for other references: `('module', class, file, source)`
 * @throws FormatError when the tuple is invalid
 */
export function readReference(reference: Persistent, source: string): StorageReference | undefined {
  if (typeof reference.id === 'string')
    throw new UnsupportedError(
      `${source}: the references to storages are text, as pickle protocol 0 writes them.`,
      'PyTorch cannot load such a file either: save it again without pickle_protocol=0.',
    )
  const items = reference.id instanceof Tuple ? reference.id.items : []
  if (items[0] === 'module') return undefined
  if (reference.id instanceof FloatTuple)
    throw malformed(source, 'integers in the reference to a storage', reference.id)
  const [tag, type, key, location, count, view = null] = items
  const kind = type instanceof Global ? storageType(type.path) : undefined
  if (tag !== 'storage' || items.length < 5 || items.length > 6 || typeof location !== 'string')
    throw malformed(source, "('storage', class, key, location, count)", reference.id)
  if (kind === undefined) throw malformed(source, 'a storage class of PyTorch', type)
  if (typeof key !== 'string') throw malformed(source, 'a string as storage key', key)
  const whole = asCount(count, 'a count of elements', source)
  if (!Number.isSafeInteger(whole * itemSize(kind)))
    throw malformed(source, 'a count that fits a file', count)
  return { key, type: kind, count: whole, ...readView(view, whole, source) }
}

function readView(
  view: PickleValue,
  whole: number,
  source: string,
): Pick<StorageReference, 'viewOffset' | 'viewCount' | 'viewKey'> {
  if (view === null) return { viewOffset: 0, viewCount: whole }
  if (!(view instanceof Tuple) || view instanceof FloatTuple || view.items.length !== 3)
    throw malformed(source, 'a view (key, offset, count)', view)
  const viewKey = view.items[0]
  if (typeof viewKey !== 'string') throw malformed(source, 'a string as the key of a view', viewKey)
  const viewOffset = asCount(view.items[1], 'the offset of a view', source)
  const viewCount = asCount(view.items[2], 'the size of a view', source)
  if (viewOffset + viewCount > whole)
    throw new FormatError(
      { source },
      `a storage view covers elements ${viewOffset} to ${viewOffset + viewCount} of a storage that has ${whole}.`,
      DAMAGED,
    )
  return { viewOffset, viewCount, viewKey }
}

/** @throws FormatError when the value is not a non-negative integer */
export function asCount(value: PickleValue | undefined, what: string, source: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw malformed(source, what, value)
}

const DAMAGED = damagedAdvice('pickle')

/** The error for invalid data about a tensor or its storage. */
export function malformed(source: string, expected: string, found: PickleValue | undefined): FormatError {
  return new FormatError(
    { source },
    `in the description of a tensor, expected ${expected}, found ${describeValue(found)}.`,
    DAMAGED,
  )
}

/**
 * Collects every storage that a pickle refers to, by key.
 * @throws FormatError when two references to one storage contradict each other, which PyTorch would not notice
 */
export function collectStorages(
  references: readonly Persistent[],
  source: string,
): ReadonlyMap<string, Pick<StorageReference, 'type' | 'count'>> {
  const storages = new Map<string, StorageReference>()
  const parts = new Map<string, string>()
  for (const reference of references) {
    const found = readReference(reference, source)
    if (!found) continue
    const before = storages.get(found.key)
    if (before && !(isSameType(before.type, found.type) && before.count === found.count))
      throw new FormatError(
        { source },
        `storage '${found.key}' is ${before.count} × ${before.type} in one place and ${found.count} × ${found.type} in another.`,
        DAMAGED,
      )
    requireOnePart(parts, found, source)
    storages.set(found.key, found)
  }
  return storages
}

/**
 * Types without a storage class of their own (uint16 and newer ones) are saved as views of untyped bytes, which PyTorch
 * treats as uint8: a real file uses both for one storage.
 */
function isSameType(one: StorageType, other: StorageType): boolean {
  const untyped = (type: StorageType) => (type === 'uint8' ? 'untyped' : type)
  return untyped(one) === untyped(other)
}

/** PyTorch creates a storage or view of a name once, and reuses it for any other with the same name. */
function requireOnePart(
  parts: Map<string, string>,
  { key, count, viewKey, viewOffset, viewCount }: StorageReference,
  source: string,
): void {
  const meant: [name: string, part: string][] = [[key, partOf(key, 0, count)]]
  if (viewKey !== undefined) meant.push([viewKey, partOf(key, viewOffset, viewCount)])
  for (const [name, part] of meant) {
    const before = parts.get(name)
    if (before !== undefined && before !== part)
      throw new FormatError(
        { source },
        `'${name}' is ${before} in one place and ${part} in another.`,
        DAMAGED,
      )
    parts.set(name, part)
  }
}

function partOf(key: string, offset: number, count: number): string {
  return `elements ${offset} to ${offset + count} of storage '${key}'`
}

/** Reverses the bytes of each unit in place. */
export function swapBytes(bytes: Uint8Array, unit: number): void {
  for (let start = 0; start < bytes.length; start += unit) bytes.subarray(start, start + unit).reverse()
}
