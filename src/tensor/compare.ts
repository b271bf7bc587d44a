/** Compares two tensors bit for bit, and measures their difference. */
import { chunksOf } from './chunks.ts'
import { dtypeFacts } from './dtype.ts'
import { floatDecoder, isFloat, words } from './floats.ts'
import { byteLength, elementCount, type Tensor } from './tensor.ts'

/** The difference between two tensors of the same type and shape. */
export interface Comparison {
  readonly elements: number
  /** The number of elements with different bits. */
  readonly differing: number
  /** For floating-point tensors: the largest absolute difference; Infinity if a value is infinite or NaN. */
  readonly largest?: number
}

/**
 * Compares two tensors of the same type and shape, in constant memory.
 * @throws FormatError, UnsupportedError like `Tensor.copyTo`
 */
export async function compareTensors(a: Tensor, b: Tensor): Promise<Comparison> {
  if (a.element && b.element) {
    const one = await compareTensors(a.element, b.element)
    const elements = elementCount(a.shape)
    return { ...one, elements, differing: one.differing * elements }
  }
  const size = dtypeFacts(a.dtype).size
  const distance = isFloat(a.dtype) ? floatDistance(a) : undefined
  let differing = 0
  let largest = 0
  for await (const [left, right] of byteLength(a) <= SMALL
    ? [[await bytesOf(a), await bytesOf(b)]]
    : inStep(a, b)) {
    if (sameBits(left, right)) continue
    differing += countDifferent(left, right, size)
    if (distance) largest = Math.max(largest, distance(left, right))
  }
  const result = { elements: elementCount(a.shape), differing }
  return distance && differing > 0 ? { ...result, largest } : result
}

/**
 * In bytes: smaller tensors are read completely, one after the other. Reading them in parallel would each cost as much as
 * reading a megabyte.
 */
const SMALL = 16 * 1024

async function bytesOf(tensor: Tensor): Promise<Uint8Array> {
  const bytes = new Uint8Array(byteLength(tensor))
  let filled = 0
  await tensor.copyTo(async chunk => {
    bytes.set(chunk, filled)
    filled += chunk.length
  })
  return bytes
}

/** Pieces of both at the same position and of the same length. Chunks are whole elements, so pieces are, too. */
async function* inStep(a: Tensor, b: Tensor): AsyncGenerator<readonly [Uint8Array, Uint8Array], void> {
  const [left, right] = [chunksOf(a), chunksOf(b)]
  let fromLeft = NOTHING
  let fromRight = NOTHING
  try {
    for (;;) {
      if (fromLeft.length === 0) fromLeft = (await left.next()).value ?? NOTHING
      if (fromRight.length === 0) fromRight = (await right.next()).value ?? NOTHING
      const length = Math.min(fromLeft.length, fromRight.length)
      if (length === 0) return
      yield [fromLeft.subarray(0, length), fromRight.subarray(0, length)]
      fromLeft = fromLeft.subarray(length)
      fromRight = fromRight.subarray(length)
    }
  } finally {
    await left.return()
    await right.return()
  }
}

const NOTHING: Uint8Array = new Uint8Array(0)

type Words = Uint8Array | Uint16Array | Uint32Array

/** The largest units that fit both an element and a typed array: 4 bytes, or a whole smaller element. */
function inUnits(bytes: Uint8Array, size: number): Words {
  if (size === 1) return bytes
  return size === 2 ? new Uint16Array(...words(bytes, 2)) : new Uint32Array(...words(bytes, 4))
}

function sameBits(a: Uint8Array, b: Uint8Array): boolean {
  // Four bytes at a time if aligned and without a remainder; otherwise one by one.
  const size = [a.byteOffset, b.byteOffset, a.length].every(number => number % 4 === 0) ? 4 : 1
  const [left, right] = [inUnits(a, size), inUnits(b, size)]
  for (let i = 0; i < left.length; i++) if (left[i] !== right[i]) return false
  return true
}

/** @param size bytes of an element */
function countDifferent(a: Uint8Array, b: Uint8Array, size: number): number {
  const [left, right] = [inUnits(a, size), inUnits(b, size)]
  const perElement = Math.max(1, size / 4)
  let count = 0
  for (let start = 0; start < left.length; start += perElement) {
    let unit = start
    while (unit < start + perElement && left[unit] === right[unit]) unit++
    if (unit < start + perElement) count++
  }
  return count
}

function floatDistance(tensor: Tensor): (a: Uint8Array, b: Uint8Array) => number {
  const [decodeLeft, decodeRight] = [floatDecoder(tensor.dtype), floatDecoder(tensor.dtype)]
  return (a, b) => {
    const [left, right] = [decodeLeft(a), decodeRight(b)]
    let largest = 0
    for (let i = 0; i < left.length; i++) {
      if (Object.is(left[i], right[i])) continue
      const distance = Math.abs(left[i]! - right[i]!)
      largest = Math.max(largest, Number.isNaN(distance) ? Number.POSITIVE_INFINITY : distance)
    }
    return largest
  }
}
