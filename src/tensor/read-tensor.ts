/** A tensor's values as a typed array. */
import { UnsupportedError } from '../errors.ts'
import { castTensor } from './cast.ts'
import { DTYPES, type DType } from './dtype.ts'
import { byteLength, type Tensor } from './tensor.ts'

/** Types without a typed array in every supported runtime are returned as bits; `readFloats` returns their values. */
export type TensorArray =
  | Float64Array<ArrayBuffer>
  | Float32Array<ArrayBuffer>
  | BigInt64Array<ArrayBuffer>
  | BigUint64Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | Int16Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>
  | Int8Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>

type Make = new (buffer: ArrayBuffer) => TensorArray

/** For all other types, the bits: unsigned, as wide as an element. */
const ARRAYS: Readonly<Partial<Record<DType, Make>>> = {
  float64: Float64Array,
  float32: Float32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int16: Int16Array,
  int8: Int8Array,
  // Real and imaginary parts alternate.
  complex64: Float32Array,
  complex128: Float64Array,
}

/**
 * Reads a whole tensor, row by row. float64, float32 and integers are returned in the typed array of that type (int64 in a
 * `BigInt64Array`), bool as 0 and 1 in a `Uint8Array`, complex numbers as pairs in a `Float32Array` or `Float64Array`, and float16,
 * bfloat16 and float8 as their bits in a `Uint16Array` or `Uint8Array`: use `readFloats` for their values.
 * @throws FormatError when the file is damaged
 * @throws UnsupportedError when the tensor is `unreadable`, or too large for one array
 */
export async function readTensor(tensor: Tensor): Promise<TensorArray> {
  const bytes = allocate(tensor)
  let filled = 0
  await tensor.copyTo(async chunk => {
    bytes.set(chunk, filled)
    filled += chunk.length
  })
  const { unit } = DTYPES[tensor.dtype]
  const make = ARRAYS[tensor.dtype] ?? (unit === 2 ? Uint16Array : Uint8Array)
  return new make(bytes.buffer)
}

/**
 * Reads a whole tensor of float16, bfloat16, float32 or float64 as numbers, row by row.
 * @throws FormatError when the file is damaged
 * @throws UnsupportedError when it has another type, is `unreadable`, or too large for one array
 */
export async function readFloats(tensor: Tensor): Promise<Float32Array<ArrayBuffer>> {
  return (await readTensor(castTensor(tensor, 'float32'))) as Float32Array<ArrayBuffer>
}

function allocate(tensor: Tensor): Uint8Array<ArrayBuffer> {
  if (tensor.unreadable !== undefined)
    throw new UnsupportedError(
      `${tensor.origin} cannot be read: ${tensor.unreadable}.`,
      'Convert it to a dense tensor in PyTorch and save the checkpoint again.',
    )
  try {
    return new Uint8Array(byteLength(tensor))
  } catch (cause) {
    throw new UnsupportedError(
      `${tensor.origin} is too large for one array: ${byteLength(tensor)} bytes.`,
      'Read it piece by piece with copyTo.',
      { cause },
    )
  }
}
