/** Tensors in memory, for tests that need values rather than files. */
import { crc32 } from '../../src/bytes/crc32.ts'
import type { DType } from '../../src/tensor/dtype.ts'
import type { Tensor } from '../../src/tensor/tensor.ts'

type Numbers = Float32Array | Float64Array | Uint16Array | BigInt64Array | Uint8Array

/** @param step bytes of each chunk: a whole number of elements */
export function tensorOf(
  dtype: DType,
  values: Numbers,
  shape: readonly number[] = [values.length],
  step = 64,
): Tensor {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
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
