/** Reordered tensors: each value in its place, the checksum of the result, damage detected, and bounded memory. */
import { describe, expect, test } from 'vitest'
import { crc32 } from '../../src/bytes/crc32.ts'
import { SCRATCH_SIZE } from '../../src/bytes/scratch.ts'
import { FormatError, MismatchError, UnsupportedError } from '../../src/errors.ts'
import type { Tensor } from '../../src/tensor/tensor.ts'
import { type Reorder, reorderedShape, reorderTensor, whyNotReordered } from '../../src/tensor/view.ts'
import { bytesOf, countingTensor, tensorOf, zeroTensor } from '../helpers/tensors.ts'

const numbers = (count: number): Uint8Array => Uint8Array.from({ length: count }, (_, index) => index)

const SWIN: Reorder = { split: [['*'], [2, 2, '*']], order: [0, 3, 2, 1] }
const KERNEL: Reorder = { split: [[2, 2], ['*'], ['*']], order: [3, 2, 1, 0] }

describe('values', () => {
  test('a transposed matrix', async () => {
    const tensor = reorderTensor(
      tensorOf('uint8', numbers(6), [2, 3]),
      { split: [['*'], ['*']], order: [1, 0] },
      [3, 2],
    )
    expect(tensor.shape).toEqual([3, 2])
    expect([...(await bytesOf(tensor))]).toEqual([0, 3, 1, 4, 2, 5])
  })

  test("the patch merging of Swin, in the order of MMDetection's own converter", async () => {
    const tensor = reorderTensor(tensorOf('uint8', numbers(16), [2, 8]), SWIN)
    expect(tensor.shape).toEqual([2, 8])
    // Groups of 2 channels 0 1 2 3 → 0 2 1 3, then one channel of all groups, and so on.
    expect([...(await bytesOf(tensor))]).toEqual([0, 4, 2, 6, 1, 5, 3, 7, 8, 12, 10, 14, 9, 13, 11, 15])
  })

  test('the kernel of a sparse convolution: w[o, n, i, j] = v[2j + i, n, o]', async () => {
    const [inputs, outputs] = [3, 5]
    const values = numbers(4 * inputs * outputs)
    const tensor = reorderTensor(tensorOf('uint8', values, [4, inputs, outputs]), KERNEL, [
      outputs,
      inputs,
      2,
      2,
    ])
    const found = await bytesOf(tensor)
    for (let o = 0, at = 0; o < outputs; o++)
      for (let n = 0; n < inputs; n++)
        for (const i of [0, 1])
          for (const j of [0, 1]) expect(found[at++]).toBe(values[((2 * j + i) * inputs + n) * outputs + o])
  })

  test.each(['uint8', 'float16', 'float32', 'float64', 'complex128'] as const)(
    'elements of %s stay whole',
    async dtype => {
      const size = { uint8: 1, float16: 2, float32: 4, float64: 8, complex128: 16 }[dtype]
      const tensor = reorderTensor(
        tensorOf(dtype, numbers(6 * size), [2, 3], size),
        { split: [['*'], ['*']], order: [1, 0] },
        [3, 2],
      )
      const elements = [0, 3, 1, 4, 2, 5].flatMap(element =>
        Array.from({ length: size }, (_, byte) => element * size + byte),
      )
      expect([...(await bytesOf(tensor))]).toEqual(elements)
    },
  )

  test('chunks with arbitrary boundaries', async () => {
    for (const step of [1, 3, 7, 100]) {
      const tensor = reorderTensor(tensorOf('float32', numbers(64), [2, 8], step), SWIN)
      expect(await bytesOf(tensor)).toEqual(
        await bytesOf(reorderTensor(tensorOf('float32', numbers(64), [2, 8]), SWIN)),
      )
    }
  })
})

test('its type and shape, and the checksum of what it hands over', async () => {
  const source = tensorOf('uint8', numbers(16), [2, 8])
  const tensor = reorderTensor(source, SWIN, [16])
  expect(tensor).toMatchObject({ dtype: 'uint8', shape: [16], origin: 'memory' })
  expect(await tensor.copyTo(async () => {})).toBe(crc32(await bytesOf(tensor)))
  expect(await tensor.copyTo(async () => {})).not.toBe(await source.copyTo(async () => {}))
})

describe('what is read', () => {
  test('nothing before it is needed; a pure reshape passes on the original chunks', async () => {
    const { tensor, reads } = countingTensor(tensorOf('uint8', numbers(16), [2, 8]))
    const chunks: Uint8Array[] = []
    // An axis with one element may move anywhere.
    const reshaped = reorderTensor(
      tensor,
      {
        split: [
          [1, '*'],
          [4, 2],
        ],
        order: [1, 0, 2, 3],
      },
      [4, 4],
    )
    expect(reads()).toBe(0)
    await reshaped.copyTo(async chunk => void chunks.push(chunk))
    expect(reads()).toBe(1)
    expect(chunks[0]!.buffer).toBe((await firstChunk(tensor)).buffer)
  })

  test('a tensor whose first axis stays in front is streamed in one pass', async () => {
    const rows = 40
    const { tensor, reads } = countingTensor(zeroTensor('float32', [rows, 1024 * 1024]))
    await reorderTensor(tensor, { split: [['*'], [4, '*']], order: [0, 2, 1] }).copyTo(async () => {})
    expect(reads()).toBe(1)
  })

  test('the largest kernel of ConvNeXt V2, 63 MB, in four passes and 32 MB of memory', async () => {
    const { tensor, reads } = countingTensor(zeroTensor('float32', [4, 1408, 2816]))
    const before = process.memoryUsage().arrayBuffers
    let most = 0
    let written = 0
    await reorderTensor(tensor, KERNEL, [2816, 1408, 2, 2]).copyTo(async chunk => {
      written += chunk.length
      most = Math.max(most, process.memoryUsage().arrayBuffers - before)
    })
    expect(written).toBe(4 * 4 * 1408 * 2816)
    expect(reads()).toBe(4)
    expect(most).toBeLessThan(32e6)
  })

  test('nothing of an empty tensor', async () => {
    const tensor = reorderTensor(tensorOf('float32', new Uint8Array(0), [0, 6]), {
      split: [['*'], [2, 3]],
      order: [0, 2, 1],
    })
    expect(await bytesOf(tensor)).toEqual(new Uint8Array(0))
    expect(await tensor.copyTo(async () => {})).toBe(0)
  })

  test('announcing is passed on', () => {
    let announced = 0
    const source: Tensor = { ...tensorOf('uint8', numbers(16), [2, 8]), announce: () => void announced++ }
    reorderTensor(source, SWIN).announce?.()
    expect(announced).toBe(1)
  })
})

describe('errors while reading', () => {
  const damaged = (read: number): Tensor => {
    const source = tensorOf('uint8', numbers(64), [8, 8])
    return {
      ...source,
      async copyTo(write) {
        let left = read
        await source.copyTo(async chunk => {
          await write(chunk.subarray(0, left))
          left -= Math.min(left, chunk.length)
        })
        throw new FormatError({ source: 'x.pth' }, 'damaged.')
      },
    }
  }

  // All bytes are handed over before the checksum is compared.
  test.each([64, 63, 10, 0])('damage found after %i bytes', async read => {
    await expect(bytesOf(reorderTensor(damaged(read), SWIN))).rejects.toThrow('damaged')
  })

  test('a tensor that ends too early', async () => {
    const tensor = tensorOf('uint8', numbers(50), [8, 8])
    await expect(bytesOf(reorderTensor(tensor, SWIN))).rejects.toThrow(
      /memory: byte 50 .*expected a tensor of 64 bytes, found its end/,
    )
  })

  test('a full disk ends the reading', async () => {
    const full = async () => {
      throw new Error('disk full')
    }
    await expect(reorderTensor(tensorOf('uint8', numbers(64), [8, 8], 8), SWIN).copyTo(full)).rejects.toThrow(
      'disk full',
    )
  })

  test('an unreadable tensor stays unreadable', async () => {
    const copyTo = async () => {
      throw new UnsupportedError('a sparse tensor, whose values cannot be copied.')
    }
    const source: Tensor = {
      dtype: 'float32',
      shape: [2, 8],
      origin: 'x',
      unreadable: 'a sparse tensor',
      copyTo,
    }
    const tensor = reorderTensor(source, SWIN)
    expect(tensor.unreadable).toBe('a sparse tensor')
    await expect(bytesOf(tensor)).rejects.toThrow(UnsupportedError)
  })
})

describe('shapes that do not fit', () => {
  test.each([
    [[2, 8, 1], SWIN, undefined, 'expected a shape of 2 sizes, found (2, 8, 1)'],
    [[2, 6], SWIN, undefined, 'expected along axis 1 a size of 2 × 2 × *, found 6 in (2, 6)'],
    [
      [6],
      { split: [[2, 2]], order: [0, 1] },
      undefined,
      'expected along axis 0 a size of 2 × 2, found 6 in (6)',
    ],
    [
      [8],
      { split: [['*', '*']], order: [0, 1] },
      undefined,
      'expected along axis 0 a size of * × *, found 8 in (8)',
    ],
    [
      [0],
      { split: [[0, '*']], order: [0, 1] },
      undefined,
      'expected along axis 0 a size of 0 × *, found 0 in (0)',
    ],
    [
      [8],
      { split: [[2, '*']], order: [1, 1] },
      undefined,
      'expected an order of the 2 factors, each once, found (1, 1)',
    ],
    [
      [8],
      { split: [[2, '*']], order: [1] },
      undefined,
      'expected an order of the 2 factors, each once, found (1)',
    ],
    [
      [8],
      { split: [[2, '*']], order: [1, 0] },
      [2, 5],
      'expected a shape of 10 values, as (2, 5) has, found (8)',
    ],
  ] as const)('%j by %j', (shape, reorder, to, why) => {
    expect(whyNotReordered(shape, reorder, to)).toBe(why)
    const tensor = tensorOf('uint8', numbers(shape.reduce((all: number, size) => all * size, 1)), shape)
    expect(() => reorderTensor(tensor, reorder, to)).toThrow(MismatchError)
    expect(() => reorderTensor(tensor, reorder, to)).toThrow(`memory cannot be reordered: ${why}.`)
  })

  test('several values per byte', () => {
    const tensor = tensorOf('float4_e2m1fn_x2', numbers(16), [2, 8])
    expect(() => reorderTensor(tensor, SWIN)).toThrow(UnsupportedError)
  })
})

test('the shape of a result', () => {
  expect(reorderedShape([4, 3, 5], KERNEL)).toEqual([5, 3, 2, 2])
  expect(reorderedShape([], { split: [], order: [] })).toEqual([])
  expect(() => reorderedShape([6, 3, 5], KERNEL)).toThrow(MismatchError)
})

async function firstChunk(tensor: Tensor): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  await tensor.copyTo(async chunk => void chunks.push(chunk))
  expect(chunks[0]!.length).toBeLessThanOrEqual(SCRATCH_SIZE)
  return chunks[0]!
}
