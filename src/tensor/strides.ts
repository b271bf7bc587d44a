/**
 * Converts any layout to the contiguous one. A strided tensor's elements are at regular distances in a storage: transposed,
 * channels-last, sliced, or expanded (distance 0, the same element repeated).
 */
import { SCRATCH_SIZE, withScratch } from '../bytes/scratch.ts'
import type { ByteSource } from '../bytes/source.ts'

export interface Layout {
  readonly shape: readonly number[]
  /** Distance between neighbours along each axis, in elements; 0 or more. */
  readonly strides: readonly number[]
  /** The position of the first element in the storage, in elements. */
  readonly offset: number
  /** The size of an element in bytes: 1, 2, 4, 8 or 16. */
  readonly itemSize: number
}

/** The number of elements that the layout spans, from its first to its last; the shape must not be empty. */
export function extent(layout: Pick<Layout, 'shape' | 'strides'>): number {
  return layout.shape.reduce((sum, size, axis) => sum + (size - 1) * layout.strides[axis]!, 1)
}

/** True when the elements are contiguous in row-major order. Axes of size 1 do not matter. */
export function isContiguous({ shape, strides }: Pick<Layout, 'shape' | 'strides'>): boolean {
  let step = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== step) return false
    step *= shape[axis]!
  }
  return true
}

/**
 * How much of the result is assembled at a time. Each part of a permuted tensor is spread over nearly all of its storage,
 * which is read once per part: one to three times for a network's kernels.
 */
const PART_SIZE = 16 * 1024 * 1024

/**
 * Passes on a tensor's elements in row-major order, in constant memory.
 * @param source the bytes of the storage; must contain the layout's extent
 * @param write receives chunks in order; a chunk is valid until the promise is fulfilled
 */
export async function copyStrided(
  source: ByteSource,
  layout: Layout,
  write: (chunk: Uint8Array) => Promise<void>,
): Promise<void> {
  if (layout.shape.includes(0)) return
  const words = inWords(layout.shape.length === 0 ? { ...layout, shape: [1], strides: [1] } : layout)
  await withScratch(async out => {
    for (const part of parts(words, PART_SIZE / words.itemSize)) {
      const bytes = out.subarray(0, elements(part.shape) * part.itemSize)
      await gatherPart(source, part, bytes)
      for (let start = 0; start < bytes.length; start += SCRATCH_SIZE)
        await write(bytes.subarray(start, start + SCRATCH_SIZE))
    }
  }, PART_SIZE)
}

function elements(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1)
}

/** The same elements in units that a typed array can move unchanged: larger elements become several of 4 bytes. */
function inWords(layout: Layout): Layout {
  if (layout.itemSize <= 4) return layout
  const count = layout.itemSize / 4
  return {
    shape: [...layout.shape, count],
    strides: [...layout.strides.map(stride => stride * count), 1],
    offset: layout.offset * count,
    itemSize: 4,
  }
}

/** How to cut a layout: along one axis, whose inner axes fit into a part; the outer ones are looped over. */
interface Cut {
  readonly axis: number
  readonly perPart: number
}

/** @returns undefined if everything fits into one part of at most `limit` elements */
function cutOf(shape: readonly number[], limit: number): Cut | undefined {
  // The innermost axes that fit together form a block; as many blocks as fit form a part.
  let axis = shape.length
  let block = 1
  while (axis > 0 && block * shape[axis - 1]! <= limit) block *= shape[--axis]!
  return axis === 0 ? undefined : { axis: axis - 1, perPart: Math.max(1, Math.floor(limit / block)) }
}

/** Cuts a layout into consecutive parts of at most `limit` elements each. */
function* parts(layout: Layout, limit: number): Generator<Layout> {
  const { shape, strides } = layout
  const cut = cutOf(shape, limit)
  if (!cut) return yield layout
  const { axis, perPart } = cut
  const size = shape[axis]!
  for (const outer of offsets(shape.slice(0, axis), strides))
    for (let start = 0; start < size; start += perPart)
      yield {
        ...layout,
        shape: [Math.min(perPart, size - start), ...shape.slice(axis + 1)],
        strides: strides.slice(axis),
        offset: layout.offset + outer + start * strides[axis]!,
      }
}

/** The most bytes that `copyStrided` reads: elements may be far apart, and everything between them is read, too. */
export function bytesSpanned(layout: Layout): number {
  if (layout.shape.includes(0)) return 0
  const { shape, strides, itemSize } = inWords(layout)
  const cut = cutOf(shape, PART_SIZE / itemSize)
  if (!cut) return extent({ shape, strides }) * itemSize
  const { axis, perPart } = cut
  const count = elements(shape.slice(0, axis)) * Math.ceil(shape[axis]! / perPart)
  const part = { shape: [perPart, ...shape.slice(axis + 1)], strides: strides.slice(axis) }
  return count * extent(part) * itemSize
}

/** The offset of every index of a shape, in row-major order. */
function* offsets(shape: readonly number[], strides: readonly number[]): Generator<number> {
  const index = new Array<number>(shape.length).fill(0)
  let offset = 0
  for (;;) {
    yield offset
    let axis = shape.length - 1
    while (axis >= 0 && index[axis] === shape[axis]! - 1) {
      offset -= index[axis]! * strides[axis]!
      index[axis--] = 0
    }
    if (axis < 0) return
    index[axis]!++
    offset += strides[axis]!
  }
}

/** Reads everything that a part spans, in order, and copies its elements to their places. */
async function gatherPart(source: ByteSource, part: Layout, bytes: Uint8Array): Promise<void> {
  const { offset, itemSize } = part
  const end = offset + extent(part)
  const axes = inSourceOrder(part)
  const into = asWords(bytes, itemSize)
  await withScratch(async window => {
    const perWindow = window.length / itemSize
    for (let start = offset; start < end; start += perWindow) {
      const read = window.subarray(0, Math.min(perWindow, end - start) * itemSize)
      await source.read(start * itemSize, read)
      gather(axes, 0, { from: offset - start, to: 0, window: asWords(read, itemSize), into })
    }
  })
}

type Words = Uint8Array | Uint16Array | Uint32Array

function asWords(bytes: Uint8Array, itemSize: number): Words {
  if (itemSize === 1) return bytes
  const count = bytes.length / itemSize
  return itemSize === 2
    ? new Uint16Array(bytes.buffer, bytes.byteOffset, count)
    : new Uint32Array(bytes.buffer, bytes.byteOffset, count)
}

/** An axis of a part. */
interface Axis {
  readonly size: number
  /** The distance between neighbours, in the storage and in the result. */
  readonly stride: number
  readonly step: number
  /** The extent of the inner axes in the storage. */
  readonly inner: number
}

/** The widest strides first, so that the storage is read in order. */
function inSourceOrder({ shape, strides }: Layout): readonly Axis[] {
  const axes = shape
    .map((size, axis) => ({ size, stride: strides[axis]!, step: elements(shape.slice(axis + 1)) }))
    .sort((one, other) => other.stride - one.stride)
  return axes.map((axis, at) => {
    const inside = axes.slice(at + 1)
    const inner = extent({
      shape: inside.map(({ size }) => size),
      strides: inside.map(({ stride }) => stride),
    })
    return { ...axis, inner }
  })
}

interface Place {
  /** In elements from the start of the window; may be negative. */
  readonly from: number
  /** In elements of the result. */
  readonly to: number
  readonly window: Words
  readonly into: Words
}

/** Copies the elements in the window to their places. */
function gather(axes: readonly Axis[], at: number, { from, to, window, into }: Place): void {
  const { size, stride, step, inner } = axes[at]!
  // With stride 0, all elements are in the window, or none.
  const first = stride === 0 ? 0 : Math.max(0, Math.ceil((1 - inner - from) / stride))
  const last = stride === 0 ? size : Math.min(size, Math.ceil((window.length - from) / stride))
  if (at < axes.length - 1)
    for (let i = first; i < last; i++)
      gather(axes, at + 1, { from: from + i * stride, to: to + i * step, window, into })
  else
    for (let i = first, source = from + i * stride, target = to + i * step; i < last; i++) {
      into[target] = window[source]!
      source += stride
      target += step
    }
}
