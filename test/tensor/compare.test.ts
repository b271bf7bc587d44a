/** Comparing: every differing bit is found, whatever the chunks; and reading stops when the consumer stops. */
import { describe, expect, test } from 'vitest'
import { chunksOf } from '../../src/tensor/chunks.ts'
import { compareTensors } from '../../src/tensor/compare.ts'
import { floats, tensorOf } from '../helpers/tensors.ts'

const values = Float32Array.from({ length: 1000 }, (_, i) => Math.sin(i))

describe('compareTensors', () => {
  test.each([
    [4, 4],
    [64, 64],
    [64, 20],
    [4, 4000],
  ])('equal tensors in chunks of %i and %i bytes', async (a, b) => {
    const compared = await compareTensors(
      tensorOf('float32', values, [1000], a),
      tensorOf('float32', values, [1000], b),
    )
    expect(compared).toEqual({ elements: 1000, differing: 0 })
  })

  test('every single flipped bit is found', async () => {
    const first = tensorOf('float32', values)
    for (let bit = 0; bit < 32; bit++) {
      const other = values.slice()
      new Uint32Array(other.buffer)[777]! ^= 1 << bit
      expect(await compareTensors(first, tensorOf('float32', other, [1000], 20))).toMatchObject({
        differing: 1,
      })
    }
  })

  test('reports the largest difference', async () => {
    expect(await compareTensors(floats(1, 2, 3), floats(1, 2.5, 2))).toEqual({
      elements: 3,
      differing: 2,
      largest: 1,
    })
  })

  test('zero and minus zero differ in their bits, with a difference of zero', async () => {
    expect(await compareTensors(floats(0), floats(-0))).toEqual({ elements: 1, differing: 1, largest: 0 })
  })

  test.each([Number.NaN, Number.POSITIVE_INFINITY])('the difference to %d is infinite', async value => {
    expect(await compareTensors(floats(1), floats(value))).toMatchObject({
      largest: Number.POSITIVE_INFINITY,
    })
  })

  test.each([
    ['uint8', 1],
    ['float16', 2],
    ['float32', 4],
    ['float64', 8],
    ['complex64', 8],
    ['complex128', 16],
  ] as const)('counts differing elements, not bytes: %s', async (dtype, size) => {
    const bytes = new Uint8Array(100 * size)
    const other = bytes.slice()
    other.fill(1, 3 * size, 4 * size)
    other[6 * size] = 1
    other[7 * size - 1] = 1
    other[100 * size - 1] = 1
    // Also at odd addresses, as in a memory-mapped file, or a part of another buffer.
    const odd = new Uint8Array(other.length + 1)
    odd.set(other, 1)
    const first = tensorOf(dtype, bytes, [100], 16 * size)
    for (const second of [other, odd.subarray(1)])
      expect(await compareTensors(first, tensorOf(dtype, second, [100], 10 * size))).toMatchObject({
        elements: 100,
        differing: 3,
      })
  })

  test('integers have no largest difference', async () => {
    const [a, b] = [BigInt64Array.of(1n, 2n), BigInt64Array.of(1n, 3n)]
    expect(await compareTensors(tensorOf('int64', a), tensorOf('int64', b))).toEqual({
      elements: 2,
      differing: 1,
    })
  })

  test('empty tensors are equal', async () => {
    expect(await compareTensors(floats(), floats())).toEqual({ elements: 0, differing: 0 })
  })

  test('errors in reading are passed on', async () => {
    const broken = { ...floats(1), copyTo: () => Promise.reject(new Error('disk on fire')) }
    await expect(compareTensors(floats(1), broken)).rejects.toThrow('disk on fire')
    await expect(compareTensors(broken, floats(1))).rejects.toThrow('disk on fire')
  })
})

describe('chunksOf', () => {
  test('gives all chunks in order', async () => {
    const found: number[] = []
    for await (const chunk of chunksOf(tensorOf('float32', values, [1000], 400))) found.push(chunk.length)
    expect(found).toEqual(Array(10).fill(400))
  })

  test('stopping early ends the reading', async () => {
    let written = 0
    const tensor = tensorOf('float32', values, [1000], 4)
    const counting = {
      ...tensor,
      copyTo: (write: Parameters<typeof tensor.copyTo>[0]) =>
        tensor.copyTo(chunk => {
          written++
          return write(chunk)
        }),
    }
    for await (const _ of chunksOf(counting)) break
    expect(written).toBe(1)
  })
})
