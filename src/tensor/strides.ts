/**
 * From any layout to the contiguous one. A strided tensor is an array of elements that lie at regular distances in a
 * storage: transposed, channels-last, sliced, or expanded (distance 0, the same element again and again).
 */
import { SCRATCH_SIZE, withScratch } from '../bytes/scratch.ts'
import { type ByteSource, readBytes } from '../bytes/source.ts'

export interface Layout {
  readonly shape: readonly number[]
  /** Distance between neighbours along each axis, in elements; 0 or more. */
  readonly strides: readonly number[]
  /** The first element, in elements from the start of the storage. */
  readonly offset: number
  /** Bytes of one element: 1, 2, 4, 8 or 16. */
  readonly itemSize: number
}

/** Elements that the layout spans, from its first to its last; the shape must not be empty. */
export function extent(layout: Pick<Layout, 'shape' | 'strides'>): number {
  return layout.shape.reduce((sum, size, axis) => sum + (size - 1) * layout.strides[axis]!, 1)
}

/** True when the elements lie one behind the other in row-major order. Axes of one element have no say. */
export function isContiguous({ shape, strides }: Pick<Layout, 'shape' | 'strides'>): boolean {
  let step = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== step) return false
    step *= shape[axis]!
  }
  return true
}

/** The most that is read at a time for the bytes that are put together at a time. */
const WINDOW = 8 * 1024 * 1024

/**
 * Hands over a tensor's elements in row-major order, in memory that does not grow with it.
 * @param source the bytes of the storage; it must hold the layout's extent
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
    for (const part of parts(words, SCRATCH_SIZE / words.itemSize)) {
      const length = part.shape.reduce((product, size) => product * size, 1) * part.itemSize
      const chunk = out.subarray(0, length)
      await gatherPart(source, part, chunk)
      await write(chunk)
    }
  })
}

/** The same elements in units that a typed array can move bit by bit: elements above 4 bytes become several of 4. */
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

/** Cuts a layout into consecutive parts of at most `limit` elements each. */
function* parts(layout: Layout, limit: number): Generator<Layout> {
  const { shape, strides } = layout
  // The innermost axes that fit together form the block; as many blocks as fit make a part.
  let axis = shape.length
  let block = 1
  while (axis > 0 && block * shape[axis - 1]! <= limit) block *= shape[--axis]!
  if (axis === 0) return yield layout
  const size = shape[axis - 1]!
  const stride = strides[axis - 1]!
  const perPart = Math.max(1, Math.floor(limit / block))
  for (const outer of offsets(shape.slice(0, axis - 1), strides))
    for (let start = 0; start < size; start += perPart)
      yield {
        ...layout,
        shape: [Math.min(perPart, size - start), ...shape.slice(axis)],
        strides: strides.slice(axis - 1),
        offset: layout.offset + outer + start * stride,
      }
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

async function gatherPart(source: ByteSource, part: Layout, chunk: Uint8Array): Promise<void> {
  const end = part.offset + extent(part)
  const perWindow = WINDOW / part.itemSize
  // One window for every layout that real models have; more for a very large transposed matrix.
  for (let start = part.offset; start < end; start += perWindow) {
    const count = Math.min(perWindow, end - start)
    const bytes = await readBytes(source, start * part.itemSize, count * part.itemSize)
    gather(part, asWords(bytes, part.itemSize), start, asWords(chunk, part.itemSize))
  }
}

type Words = Uint8Array | Uint16Array | Uint32Array

function asWords(bytes: Uint8Array, itemSize: number): Words {
  if (itemSize === 1) return bytes
  const count = bytes.length / itemSize
  return itemSize === 2
    ? new Uint16Array(bytes.buffer, bytes.byteOffset, count)
    : new Uint32Array(bytes.buffer, bytes.byteOffset, count)
}

/** Copies those elements that lie in the window to their places in `into`, and steps over the others. */
function gather({ shape, strides, offset }: Layout, window: Words, start: number, into: Words): void {
  const last = shape.length - 1
  const counts = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1))
  const spans = shape.map((_, axis) => extent({ shape: shape.slice(axis), strides: strides.slice(axis) }))
  const end = start + window.length

  function walk(axis: number, from: number, to: number): void {
    if (from + spans[axis]! <= start || from >= end) return
    const stride = strides[axis]!
    for (let i = 0, at = from; i < shape[axis]!; i++, at += stride)
      if (axis < last) walk(axis + 1, at, to + i * counts[axis]!)
      else if (at >= start && at < end) into[to + i] = window[at - start]!
  }
  walk(0, offset, 0)
}
