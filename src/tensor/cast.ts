/** The same tensor in another floating-point type, cast as it is read. */
import { crc32 } from '../bytes/crc32.ts'
import { type FloatDType, floatCodec } from './floats.ts'
import type { Tensor } from './tensor.ts'

/**
 * As `Tensor.to(dtype)` does: rounded to the nearest, ties to even; too large becomes infinite, NaN stays NaN.
 * @throws UnsupportedError when the tensor holds no floating-point numbers of 16 bits and more
 */
export function castTensor(tensor: Tensor, dtype: FloatDType): Tensor {
  if (tensor.dtype === dtype) return tensor
  const { decode } = floatCodec(tensor.dtype)
  const { encode } = floatCodec(dtype)
  return {
    dtype,
    shape: tensor.shape,
    origin: tensor.origin,
    ...(tensor.unreadable === undefined ? {} : { unreadable: tensor.unreadable }),
    async copyTo(write) {
      let crc = 0
      await tensor.copyTo(async chunk => {
        const bytes = encode(decode(chunk))
        crc = crc32(bytes, crc)
        await write(bytes)
      })
      return crc
    },
  }
}
