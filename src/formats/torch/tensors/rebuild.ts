/** Pickle values → lazy tensors. Only this module handles strides, views, byte order and shared storages. */
import { copyRange } from '../../../bytes/copy-range.ts'
import { crc32 } from '../../../bytes/crc32.ts'
import {
  Call,
  FloatTuple,
  Global,
  Instance,
  Persistent,
  type PickleValue,
  Tuple,
} from '../../../pickle/values.ts'
import { type DType, dtypeFacts } from '../../../tensor/dtype.ts'
import { bytesSpanned, copyStrided, extent, isContiguous, type Layout } from '../../../tensor/strides.ts'
import { byteLength, elementCount, type Tensor } from '../../../tensor/tensor.ts'
import { dtypeGlobal, REBUILDS, type Rebuild, type StorageType, tensorClass } from '../globals.ts'
import { asCounts, whyMetadata } from './dense-arguments.ts'
import { checkLayout } from './layout.ts'
import {
  asCount,
  itemSize,
  malformed,
  readReference,
  type StorageAccess,
  type StorageReference,
  swapBytes,
} from './storage.ts'
import { unreadable, unreadableTensor } from './unreadable.ts'
import { unwrap, type Wrapped } from './wrappers.ts'

/** Parameters wrap tensors, and subclasses wrap parameters; no writer nests deeper. */
const MAX_WRAPPERS = 8

/**
 * The tensor that a value stands for.
 * @param source the name of the pickle, for messages
 * @returns undefined if the value is not a tensor
 * @throws FormatError when the tensor is invalid: out of the storage's bounds, malformed arguments
 */
export function rebuildTensor(
  value: PickleValue | undefined,
  storages: StorageAccess,
  source: string,
  depth = 0,
): Tensor | undefined {
  if (value instanceof Persistent) return storages.tensorOf?.(value)
  if (!(value instanceof Call)) return undefined
  const oldStyle = tensorClass(value.path)
  if (oldStyle) return rebuildOldStyle(value, oldStyle, storages, source)
  const rebuild = rebuildOf(value, source)
  if (!rebuild || !(value.args instanceof Tuple)) return undefined
  if (rebuild.kind === 'wrapper' || rebuild.kind === 'indirect') {
    if (depth === MAX_WRAPPERS)
      throw malformed(source, `up to ${MAX_WRAPPERS} wrappers around a tensor`, value)
    const wrapped = unwrap(rebuild, value, value.args)
    if (typeof wrapped === 'string') return unreadableTensor([], wrapped, source)
    requireUnaltered(wrapped, storages, source)
    return castAs(wrapped, rebuildTensor(wrapped.inner, storages, source, depth + 1))
  }
  // PyTorch would switch the tensor to another storage.
  if (value.state !== undefined) throw malformed(source, 'a tensor without a state', value.state)
  if (rebuild.kind === 'unreadable') return unreadableTensor(value.args.items, rebuild.what, source)
  return rebuildDense(value.args, rebuild, storages, source)
}

/** @throws FormatError for a tensor that was wrapped before BUILD filled it: PyTorch wrapped the unfilled tensor */
function requireUnaltered({ inner }: Wrapped, { altered }: StorageAccess, source: string): void {
  if (inner !== undefined && altered?.has(inner))
    throw malformed(source, 'a tensor that was filled before it was wrapped', inner)
}

function rebuildOf(value: Call, source: string): Rebuild | undefined {
  const { path } = value
  if (!Object.hasOwn(REBUILDS, path)) return undefined
  if (value instanceof Instance && path.includes('._rebuild'))
    throw malformed(source, 'a call of the function, which has no instances', value)
  return REBUILDS[path]
}

function castAs({ cast }: Wrapped, tensor: Tensor | undefined): Tensor | undefined {
  if (cast === undefined || tensor === undefined || tensor.dtype === cast) return tensor
  return {
    ...unreadable(`a tensor that is cast to another type`, tensor.origin),
    dtype: tensor.dtype,
    shape: tensor.shape,
  }
}

/** Until 0.1.12: the class, then BUILD with (storage, offset, size, stride). */
function rebuildOldStyle(
  call: Call,
  dtype: DType,
  storages: StorageAccess,
  source: string,
): Tensor | undefined {
  if (call.state === undefined) return unreadableTensor([], 'a tensor without a storage', source, dtype)
  if (!(call.state instanceof Tuple)) throw malformed(source, '(storage, offset, size, stride)', call.state)
  const tensor = rebuildDense(call.state, { kind: 'dense' }, storages, source)
  if (tensor.dtype === dtype) return tensor
  throw malformed(source, `a storage of ${dtype} in a ${call.path}`, tensor.dtype)
}

type Dense = Extract<Rebuild, { kind: 'dense' }>

function rebuildDense(tuple: Tuple, rebuild: Dense, storages: StorageAccess, source: string): Tensor {
  if (tuple instanceof FloatTuple) throw malformed(source, 'integers as the arguments of a tensor', tuple)
  const args = tuple.items
  const [reference, offset, size, stride] = args
  // If the pickle refers to whole tensors, it does not refer to storages.
  if (storages.tensorOf) throw malformed(source, 'the key of a tensor', reference)
  const storage = reference instanceof Persistent ? readReference(reference, source) : undefined
  if (!storage) {
    if (reference instanceof Call)
      return unreadableTensor(args, 'a tensor whose storage is inside the pickle', source)
    throw malformed(source, 'a reference to a storage', reference)
  }
  const dtype = denseType(args, rebuild, storage, source)
  const shape = asCounts(size, source)
  const layout = checkLayout(
    { shape, strides: asCounts(stride, source), offset: asCount(offset, 'an offset of 0 or more', source) },
    dtype,
    storage,
    source,
  )
  const metadata = rebuild.metadataAt === undefined ? undefined : args[rebuild.metadataAt]
  const reason = whyMetadata(metadata) ?? whyUnreadable(dtype, layout, storage, storages)
  return reason
    ? { ...unreadable(reason, `storage '${storage.key}' of ${source}`), dtype, shape }
    : new DenseTensor(dtype, layout, storage, storages, source)
}

function denseType(
  args: readonly PickleValue[],
  rebuild: Dense,
  storage: StorageReference,
  source: string,
): DType {
  if (rebuild.dtypeAt === undefined) {
    if (storage.type !== 'untyped') return storage.type
    throw malformed(source, 'a storage with a type', 'UntypedStorage')
  }
  const named = args[rebuild.dtypeAt]
  const dtype = named instanceof Global ? dtypeGlobal(named.path) : undefined
  if (!dtype) throw malformed(source, 'a dtype', named)
  return dtype
}

/** Larger tensors that repeat one number are not weights: a kilobyte could take years to read. */
const MAX_EXPANDED_BYTES = 1024 * 1024 * 1024

function whyUnreadable(
  dtype: DType,
  layout: Layout,
  storage: StorageReference,
  storages: StorageAccess,
): string | undefined {
  const { kind, unit } = dtypeFacts(dtype)
  if (kind === 'quantized') return 'a quantized tensor'
  // PyTorch swaps bytes by the type of the storage, so the meaning of these bytes is uncertain.
  if (storages.bigEndian && unit > 1 && unit !== unitOf(storage.type)) return `a big-endian ${dtype} tensor`
  const bytes = elementCount(layout.shape) * layout.itemSize
  const stored = storage.viewCount * itemSize(storage.type)
  if (bytes > Math.max(stored, MAX_EXPANDED_BYTES))
    return `a tensor of ${bytes} bytes, expanded from a storage of ${stored}`
  return undefined
}

function unitOf(type: StorageType): number | undefined {
  return type === 'untyped' ? undefined : dtypeFacts(type).unit
}

/**
 * A tensor in a part of a storage.
 * @param layout in elements, within the storage's view
 * @throws FormatError when it exceeds the storage
 */
export function denseTensor(
  dtype: DType,
  layout: Omit<Layout, 'itemSize'>,
  storage: StorageReference,
  storages: StorageAccess,
  source: string,
): Tensor {
  return new DenseTensor(dtype, checkLayout(layout, dtype, storage, source), storage, storages, source)
}

/** A repeated number is written often, but read and checked only once. */
const REPEATING = 1 / 32

/** How many bytes are read for a tensor: its own, or more if they are far apart. */
export function costOf(tensor: Tensor): number {
  if (tensor.unreadable !== undefined) return 0
  if (tensor.element) return byteLength(tensor) * REPEATING
  return Math.max(byteLength(tensor), tensor instanceof DenseTensor ? tensor.spanned : 0)
}

class DenseTensor implements Tensor {
  readonly dtype: DType
  readonly origin: string
  readonly #layout: Layout
  readonly #storage: StorageReference
  readonly #storages: StorageAccess
  readonly #source: string

  constructor(
    dtype: DType,
    layout: Layout,
    storage: StorageReference,
    storages: StorageAccess,
    source: string,
  ) {
    this.dtype = dtype
    this.#layout = layout
    this.#storage = storage
    this.#storages = storages
    this.#source = source
    this.origin = `storage '${storage.key}' of ${source}`
  }

  get shape(): readonly number[] {
    return this.#layout.shape
  }

  get spanned(): number {
    return isContiguous(this.#layout) ? 0 : bytesSpanned(this.#layout)
  }

  get element(): Tensor | undefined {
    const { shape, strides } = this.#layout
    const isOne =
      elementCount(shape) > 1 && strides.every((stride, axis) => stride === 0 || shape[axis] === 1)
    if (!isOne) return undefined
    const layout = { ...this.#layout, shape: [], strides: [] }
    return new DenseTensor(this.dtype, layout, this.#storage, this.#storages, this.#source)
  }

  announce(): void {
    if (this.shape.includes(0)) return
    const { offset, itemSize } = this.#layout
    this.#storages.expect?.(this.#storage.key, offset * itemSize, extent(this.#layout) * itemSize)
  }

  rows(from: number, to: number): Tensor {
    const { shape, strides, offset } = this.#layout
    const layout = {
      ...this.#layout,
      shape: [to - from, ...shape.slice(1)],
      offset: offset + from * strides[0]!,
    }
    return new DenseTensor(this.dtype, layout, this.#storage, this.#storages, this.#source)
  }

  async copyTo(write: (chunk: Uint8Array) => Promise<void>): Promise<number> {
    const length = elementCount(this.shape) * this.#layout.itemSize
    if (length === 0) return 0
    this.announce()
    return this.#isWholeStorage(length) ? this.#copyWhole(length, write) : this.#copyPart(length, write)
  }

  #isWholeStorage(length: number): boolean {
    const whole = this.#storage.count * itemSize(this.#storage.type)
    return length === whole && isContiguous(this.#layout) && !this.#storages.bigEndian
  }

  /** The usual case: checks the checksum and passes on the bytes in one pass. */
  async #copyWhole(length: number, write: (chunk: Uint8Array) => Promise<void>): Promise<number> {
    const { source, check } = await this.#storages.open(this.#storage.key)
    const crc = await copyRange(source, 0, length, write)
    check?.(crc)
    return crc
  }

  async #copyPart(length: number, write: (chunk: Uint8Array) => Promise<void>): Promise<number> {
    const { offset, itemSize } = this.#layout
    const isPlain = isContiguous(this.#layout)
    const [from, span] = [offset * itemSize, extent(this.#layout) * itemSize]
    const source = await this.#storages.openPart(this.#storage.key, from, span, isPlain)
    const unit = this.#storages.bigEndian ? dtypeFacts(this.dtype).unit : 1
    let crc = 0
    const emit = (chunk: Uint8Array): Promise<void> => {
      if (unit > 1) swapBytes(chunk, unit)
      crc = crc32(chunk, crc)
      return write(chunk)
    }
    if (isPlain) await copyRange(source, 0, length, emit)
    else await copyStrided(source, { ...this.#layout, offset: 0 }, emit)
    return crc
  }
}
