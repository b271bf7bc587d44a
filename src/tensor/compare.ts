/** Are two tensors the same, bit for bit, and if not, how far apart are they? */
import { chunksOf } from './chunks.ts'
import { dtypeFacts } from './dtype.ts'
import { floatCodec, isFloat } from './floats.ts'
import { elementCount, type Tensor } from './tensor.ts'

export interface Comparison {
  readonly elements: number
  /** Elements whose bits differ. */
  readonly differing: number
  /** Of floating-point tensors: the largest absolute difference; Infinity where one is infinite or NaN. */
  readonly largest?: number
}

/**
 * Compares two tensors of one type and shape, in memory that does not grow with them.
 * @throws FormatError, UnsupportedError as `Tensor.copyTo` does
 */
export async function compareTensors(a: Tensor, b: Tensor): Promise<Comparison> {
  const size = dtypeFacts(a.dtype).size
  const distance = isFloat(a.dtype) ? floatDistance(a) : undefined
  let differing = 0
  let largest = 0
  for await (const [left, right] of inStep(a, b)) {
    if (sameBits(left, right)) continue
    differing += countDifferent(left, right, size)
    if (distance) largest = Math.max(largest, distance(left, right))
  }
  const result = { elements: elementCount(a.shape), differing }
  return distance && differing > 0 ? { ...result, largest } : result
}

/** Pieces of the same place and length of both. Chunks are whole elements, so pieces are too. */
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

function sameBits(a: Uint8Array, b: Uint8Array): boolean {
  const [left, right] = [inWords(a), inWords(b)]
  if (left.length !== right.length) return sameBytes(a, b)
  return sameBytes(left, right)
}

/** Four bytes at a time where they lie at a round address. */
function inWords(bytes: Uint8Array): Uint32Array | Uint8Array {
  const round = bytes.byteOffset % 4 === 0 && bytes.length % 4 === 0
  return round ? new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4) : bytes
}

function sameBytes(a: Uint32Array | Uint8Array, b: Uint32Array | Uint8Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

function countDifferent(a: Uint8Array, b: Uint8Array, size: number): number {
  let count = 0
  for (let start = 0; start < a.length; start += size)
    if (!sameBytes(a.subarray(start, start + size), b.subarray(start, start + size))) count++
  return count
}

function floatDistance(tensor: Tensor): (a: Uint8Array, b: Uint8Array) => number {
  const { decode } = floatCodec(tensor.dtype)
  return (a, b) => {
    const [left, right] = [decode(a), decode(b)]
    let largest = 0
    for (let i = 0; i < left.length; i++) {
      if (Object.is(left[i], right[i])) continue
      const distance = Math.abs(left[i]! - right[i]!)
      largest = Math.max(largest, Number.isNaN(distance) ? Number.POSITIVE_INFINITY : distance)
    }
    return largest
  }
}
