/** Tensors in memory, for tests that need values rather than files. */
import { crc32 } from '../../src/bytes/crc32.ts'
import type { DType } from '../../src/tensor/dtype.ts'
import { byteLength, type Tensor } from '../../src/tensor/tensor.ts'

type Numbers =
  | Float32Array
  | Float64Array
  | Uint16Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | Uint8Array

/** @param step bytes per chunk: whole elements */
export function tensorOf(
  dtype: DType,
  values: Numbers,
  shape: readonly number[] = [values.length],
  step = 64,
): Tensor {
  const bytes = viewBytes(values)
  return {
    dtype,
    shape,
    origin: 'memory',
    async copyTo(write) {
      for (let start = 0; start < bytes.length; start += step)
        await write(bytes.subarray(start, start + step))
      return crc32(bytes)
    },
  }
}

export function floats(...values: readonly number[]): Tensor {
  return tensorOf('float32', Float32Array.from(values))
}

/** All bytes of a tensor. */
export async function bytesOf(tensor: Tensor): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  await tensor.copyTo(async chunk => void chunks.push(chunk.slice()))
  return Uint8Array.from(Buffer.concat(chunks))
}

/** The memory of an array, as bytes. */
export function viewBytes(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
}

/** The bits of all 16-bit numbers. */
export const ALL_HALVES = Uint16Array.from({ length: 0x10000 }, (_, bits) => bits)

const FIELDS = { float16: [5, 10], bfloat16: [8, 7] } as const

/** The definition of both formats, with powers instead of shifts. */
export function valueOfHalf(dtype: keyof typeof FIELDS, bits: number): number {
  const [exponentBits, fractionBits] = FIELDS[dtype]
  const sign = bits >> 15 ? -1 : 1
  const exponent = (bits >> fractionBits) & (2 ** exponentBits - 1)
  const fraction = bits & (2 ** fractionBits - 1)
  const bias = 2 ** (exponentBits - 1) - 1
  if (exponent === 2 ** exponentBits - 1) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  if (exponent === 0) return sign * fraction * 2 ** (1 - bias - fractionBits)
  return sign * (1 + fraction / 2 ** fractionBits) * 2 ** (exponent - bias)
}

/** A tensor of zeros of any size that takes no memory; passed on in chunks of 256 KiB, like files. */
export function zeroTensor(dtype: DType, shape: readonly number[], origin = 'zeros'): Tensor {
  return {
    dtype,
    shape,
    origin,
    async copyTo(write) {
      let crc = 0
      for (let left = byteLength({ dtype, shape }); left > 0; left -= ZEROS.length) {
        const chunk = ZEROS.subarray(0, left)
        crc = crc32(chunk, crc)
        await write(chunk)
      }
      return crc
    },
  }
}

/** A tensor of any size whose bytes depend only on `name` and take no memory: distinct words of 4 bytes. */
export function patternTensor(dtype: DType, shape: readonly number[], name: string): Tensor {
  return {
    dtype,
    shape,
    origin: name,
    async copyTo(write) {
      const words = new Int32Array(64 * 1024)
      const length = byteLength({ dtype, shape })
      let word = crc32(viewBytes(new TextEncoder().encode(name)))
      let crc = 0
      for (let done = 0; done < length; done += words.byteLength) {
        for (let i = 0; i < words.length; i++) {
          words[i] = word
          word = (word + 0x9e3779b1) | 0
        }
        const chunk = viewBytes(words).subarray(0, length - done)
        crc = crc32(chunk, crc)
        await write(chunk)
      }
      return crc
    },
  }
}

const ZEROS = new Uint8Array(256 * 1024)

/** The same tensor, and how often it was read. */
export function countingTensor(source: Tensor): { readonly tensor: Tensor; readonly reads: () => number } {
  let reads = 0
  const tensor: Tensor = {
    ...source,
    copyTo(write) {
      reads++
      return source.copyTo(write)
    },
  }
  return { tensor, reads: () => reads }
}
