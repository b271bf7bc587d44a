/** Single tensors as typed arrays: every type in the documented kind of array. */
import { expect, test } from 'vitest'
import { DTYPES, type DType } from '../../src/tensor/dtype.ts'
import { readFloats, readTensor } from '../../src/tensor/read-tensor.ts'
import { tensorOf } from '../helpers/tensors.ts'

const BYTES = Uint8Array.from({ length: 48 }, (_, index) => index * 5)

const KINDS: Partial<Record<DType, string>> = {
  float64: 'Float64Array',
  float32: 'Float32Array',
  float16: 'Uint16Array',
  bfloat16: 'Uint16Array',
  int64: 'BigInt64Array',
  int32: 'Int32Array',
  int16: 'Int16Array',
  int8: 'Int8Array',
  uint8: 'Uint8Array',
  bool: 'Uint8Array',
  uint16: 'Uint16Array',
  uint32: 'Uint32Array',
  uint64: 'BigUint64Array',
  complex32: 'Uint16Array',
  complex64: 'Float32Array',
  complex128: 'Float64Array',
  float8_e4m3fn: 'Uint8Array',
}

test.each(Object.entries(KINDS))('%s is read as %s, with the bytes of the file', async (dtype, kind) => {
  const { size } = DTYPES[dtype as DType]
  const array = await readTensor(tensorOf(dtype as DType, BYTES, [48 / size], 16))
  expect(array.constructor.name).toBe(kind)
  expect(new Uint8Array(array.buffer)).toEqual(BYTES)
})

test('floats of every width are read as numbers', async () => {
  const numbers = Float32Array.of(1, -2, 65504)
  expect(await readFloats(tensorOf('float16', Uint16Array.of(0x3c00, 0xc000, 0x7bff)))).toEqual(numbers)
  expect(await readFloats(tensorOf('float32', numbers))).toEqual(numbers)
  expect(await readFloats(tensorOf('float64', Float64Array.from(numbers)))).toEqual(numbers)
  await expect(readFloats(tensorOf('int64', BigInt64Array.of(1n)))).rejects.toThrow(
    'memory is of type int64; expected one of',
  )
})

test('what does not fit into one array is refused with a reason', async () => {
  const tensor = tensorOf('float32', Float32Array.of(1))
  await expect(readTensor({ ...tensor, unreadable: 'a sparse tensor' })).rejects.toThrow(
    'memory cannot be read: a sparse tensor.',
  )
  await expect(readTensor({ ...tensor, shape: [2 ** 50] })).rejects.toThrow('too large for one array')
})
