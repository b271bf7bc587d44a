/** Joined tensors: their bytes in sequence, zeros where needed, and only parts that fit together. */
import { describe, expect, test } from 'vitest'
import { crc32 } from '../../src/bytes/crc32.ts'
import { FormatError, MismatchError, UnsupportedError } from '../../src/errors.ts'
import { joinTensors } from '../../src/tensor/join.ts'
import type { Tensor } from '../../src/tensor/tensor.ts'
import { bytesOf, countingTensor, floats, tensorOf, zeroTensor } from '../helpers/tensors.ts'

const asFloats = async (tensor: Tensor): Promise<number[]> => [
  ...new Float32Array((await bytesOf(tensor)).buffer),
]

test('a bias for queries, keys and values, if keys have none', async () => {
  const tensor = joinTensors([floats(1, 2), { zeros: 2 }, floats(3, 4)])
  expect(tensor).toMatchObject({ dtype: 'float32', shape: [6], origin: 'memory and memory' })
  expect(await asFloats(tensor)).toEqual([1, 2, 0, 0, 3, 4])
  expect(await tensor.copyTo(async () => {})).toBe(crc32(await bytesOf(tensor)))
})

test('matrices, stacked vertically; zeros at both ends', async () => {
  const one = tensorOf('float32', Float32Array.of(1, 2, 3), [1, 3])
  const two = tensorOf('float32', Float32Array.of(4, 5, 6, 7, 8, 9), [2, 3], 8)
  const tensor = joinTensors([{ zeros: 1 }, one, two, { zeros: 0 }, { zeros: 1 }])
  expect(tensor.shape).toEqual([5, 3])
  expect(await asFloats(tensor)).toEqual([0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 0, 0])
})

test('a single one, and empty ones', async () => {
  expect(await asFloats(joinTensors([floats(1)]))).toEqual([1])
  const empty = joinTensors([tensorOf('float32', new Uint8Array(0), [0, 4]), { zeros: 0 }])
  expect(empty.shape).toEqual([0, 4])
  expect(await empty.copyTo(async () => {})).toBe(0)
})

test('nothing is read before it is needed, and announcing is passed on to all', async () => {
  const { tensor, reads } = countingTensor(floats(1, 2))
  const announced: number[] = []
  const parts = [1, 2].map(part => ({ ...tensor, announce: () => void announced.push(part) }))
  const joined = joinTensors([parts[0]!, { zeros: 1 }, parts[1]!])
  joined.announce?.()
  expect([announced, reads()]).toEqual([[1, 2], 0])
  await bytesOf(joined)
  expect(reads()).toBe(2)
})

test('half a gigabyte of zeros takes no memory', async () => {
  const before = process.memoryUsage().arrayBuffers
  let most = 0
  let written = 0
  const tensor = joinTensors([zeroTensor('float32', [1, 1024 * 1024]), { zeros: 127 }])
  await tensor.copyTo(async chunk => {
    written += chunk.length
    most = Math.max(most, process.memoryUsage().arrayBuffers - before)
  })
  expect(written).toBe(512 * 1024 * 1024)
  expect(most).toBeLessThan(2e6)
})

describe('errors while reading', () => {
  test('damage in any part', async () => {
    const damaged: Tensor = {
      ...floats(1),
      async copyTo(write) {
        await floats(1).copyTo(write)
        throw new FormatError({ source: 'x.pth' }, 'damaged.')
      },
    }
    for (const parts of [
      [damaged, floats(1)],
      [floats(1), damaged],
    ])
      await expect(bytesOf(joinTensors(parts))).rejects.toThrow('damaged')
  })

  test('an unreadable part makes the whole unreadable, and nothing is written', async () => {
    const part: Tensor = {
      ...floats(1),
      unreadable: 'a sparse tensor',
      async copyTo() {
        throw new UnsupportedError('a sparse tensor, whose values cannot be copied.')
      },
    }
    const joined = joinTensors([floats(1), part])
    expect(joined.unreadable).toBe('a sparse tensor')
    await expect(joined.copyTo(async () => expect.unreachable())).rejects.toThrow('a sparse tensor')
  })
})

describe('parts that do not fit', () => {
  const matrix = tensorOf('float32', new Uint8Array(24), [2, 3])
  test.each([
    [
      'other types',
      [floats(1), tensorOf('float16', Uint16Array.of(1))],
      /expected type float32, .*found float16/,
    ],
    ['other axes', [matrix, floats(1, 2)], /expected the shape \(\*, 3\), found \(2\)/],
    ['another size', [matrix, tensorOf('float32', new Uint8Array(16), [2, 2])], /\(\*, 3\), found \(2, 2\)/],
    ['scalars', [tensorOf('float32', new Uint8Array(4), [])], /expected the shape \(\*\), found \(\)/],
    ['zeros alone', [{ zeros: 3 }], /expected a tensor, found zeros alone/],
  ])('%s', (_, parts, message) => {
    expect(() => joinTensors(parts)).toThrow(MismatchError)
    expect(() => joinTensors(parts)).toThrow(message)
  })

  test('several values per byte', () => {
    expect(() => joinTensors([tensorOf('bits2x4', new Uint8Array(2))])).toThrow(UnsupportedError)
  })
})
