/** The numbers of a tensor, all at once: for layers that are looked at one by one. */
import { floatDecoder } from '../tensor/floats.ts'
import { byteLength, type Tensor } from '../tensor/tensor.ts'

/**
 * @returns as many values as the tensor has elements, in row-major order
 * @throws UnsupportedError when it holds no floating-point numbers of 16 bits and more
 */
export async function readValues(tensor: Tensor): Promise<Float32Array> {
  const bytes = new Uint8Array(byteLength(tensor))
  let done = 0
  await tensor.copyTo(async chunk => {
    bytes.set(chunk, done)
    done += chunk.length
  })
  return Float32Array.from(floatDecoder(tensor.dtype)(bytes))
}
