/** Guards casting: values, chunks of any size, and the checksum that goes into the archive. */
import { expect, test } from 'vitest'
import { crc32 } from '../../src/bytes/crc32.ts'
import { castTensor } from '../../src/tensor/cast.ts'
import { bytesOf, floats, tensorOf } from '../helpers/tensors.ts'

test.each([4, 8, 64])('casts chunks of %i bytes', async step => {
  const values = Float32Array.from({ length: 40 }, (_, i) => i / 3)
  const cast = castTensor(tensorOf('float32', values, [5, 8], step), 'float64')
  expect(cast).toMatchObject({ dtype: 'float64', shape: [5, 8], origin: 'memory' })
  expect([...new Float64Array((await bytesOf(cast)).buffer)]).toEqual([...values])
})

test('the checksum is that of the new bytes', async () => {
  const cast = castTensor(floats(1, 2, 3), 'float16')
  expect(await cast.copyTo(async () => {})).toBe(crc32(await bytesOf(cast)))
})

test('a tensor of that type is left as it is', () => {
  const tensor = floats(1)
  expect(castTensor(tensor, 'float32')).toBe(tensor)
})

test('what cannot be read stays so', () => {
  expect(castTensor({ ...floats(1), unreadable: 'a sparse tensor' }, 'float16').unreadable).toBe(
    'a sparse tensor',
  )
})
