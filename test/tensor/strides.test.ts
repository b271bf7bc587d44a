/** Copying tensors of any layout: every element in its place, whatever the strides, the size and the windows. */
import { describe, expect, test } from 'vitest'
import { memorySource } from '../../src/bytes/source.ts'
import { copyStrided, extent, isContiguous, type Layout } from '../../src/tensor/strides.ts'
import { contiguousStrides } from '../../src/tensor/tensor.ts'
import { countingSource } from '../helpers/counting-source.ts'
import { failingSource } from '../helpers/failing-source.ts'
import { randomBytes, randomIntegers } from '../helpers/random.ts'
import { sparseSource } from '../helpers/sparse-source.ts'

/** A naive copy: element by element, with all indices computed from scratch. */
function naive(bytes: Uint8Array, { shape, strides, offset, itemSize }: Layout): Uint8Array {
  const count = shape.reduce((product, size) => product * size, 1)
  const out = new Uint8Array(count * itemSize)
  for (let element = 0; element < count; element++) {
    let rest = element
    let at = offset
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += (rest % shape[axis]!) * strides[axis]!
      rest = Math.floor(rest / shape[axis]!)
    }
    for (let byte = 0; byte < itemSize; byte++) out[element * itemSize + byte] = bytes[at * itemSize + byte]!
  }
  return out
}

async function copied(bytes: Uint8Array, layout: Layout): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  await copyStrided(memorySource(bytes, 'storage'), layout, async chunk => void chunks.push(chunk.slice()))
  return new Uint8Array(Buffer.concat(chunks))
}

/** A storage of random bytes that just fits the layout. */
function storageFor(layout: Layout, seed: number): Uint8Array {
  return randomBytes(seed, (layout.offset + extent(layout)) * layout.itemSize)
}

async function expectRight(layout: Layout, seed = 1): Promise<void> {
  const bytes = storageFor(layout, seed)
  const [ours, expected] = [await copied(bytes, layout), naive(bytes, layout)]
  // Comparing Buffers is fast; the details only matter if they differ.
  if (Buffer.compare(ours, expected) !== 0) expect(ours, JSON.stringify(layout)).toEqual(expected)
  expect(ours.length).toBe(expected.length)
}

describe('compared with a naive copy', () => {
  const ITEM_SIZES = [1, 2, 4, 8, 16]

  test('500 random layouts', async () => {
    const next = randomIntegers(7)
    for (let round = 0; round < 500; round++) {
      const shape = Array.from({ length: next(6) }, () => 1 + next(6))
      const strides = shape.map(() => next(12))
      await expectRight({ shape, strides, offset: next(20), itemSize: ITEM_SIZES[round % 5]! }, round)
    }
  })

  describe.each(ITEM_SIZES)('elements of %i bytes', itemSize => {
    const layout = (shape: number[], strides: number[], offset = 0): Layout => ({
      shape,
      strides,
      offset,
      itemSize,
    })

    test.each([
      ['contiguous', layout([2, 3, 4], [12, 4, 1])],
      ['transposed', layout([5, 7], [1, 5])],
      ['channels-last', layout([4, 3, 5, 6], [90, 1, 18, 3])],
      ['every second', layout([6, 4], [16, 2], 1)],
      ['expanded along the first axis', layout([5, 4], [0, 1])],
      ['expanded along the last axis', layout([4, 5], [1, 0])],
      ['expanded from one element', layout([3, 3], [0, 0], 4)],
      ['overlapping windows (unfold)', layout([6, 3], [1, 1])],
      ['a diagonal', layout([5], [6])],
      ['a scalar', layout([], [], 3)],
      ['a single element with arbitrary strides', layout([1, 1, 1], [1000, 7, 0], 2)],
    ] as const)('%s', (_, one) => expectRight(one))
  })
})

describe('larger than one chunk of output', () => {
  test.each([1, 2, 4, 8, 16])('a permuted tensor of elements of %i bytes', itemSize => {
    const rows = 1600 / itemSize
    return expectRight({
      shape: [3, rows, 5, 41],
      strides: [1, 3, 3 * rows * 41, 3 * rows],
      offset: 17,
      itemSize,
    })
  })

  test('an innermost axis that is larger by itself', () =>
    expectRight({ shape: [3, 140_000], strides: [1, 3], offset: 1, itemSize: 2 }))

  test('one axis only', () => expectRight({ shape: [150_001], strides: [2], offset: 5, itemSize: 4 }))

  test('chunks have at most 256 KiB, are in order, and contain whole elements', async () => {
    const layout = { shape: [300, 250], strides: [1, 300], offset: 0, itemSize: 16 }
    const lengths: number[] = []
    await copyStrided(memorySource(storageFor(layout, 3), 'x'), layout, async chunk => {
      lengths.push(chunk.length)
    })
    expect(lengths.length).toBeGreaterThan(4)
    expect(Math.max(...lengths)).toBeLessThanOrEqual(256 * 1024)
    expect(lengths.every(length => length % 16 === 0)).toBe(true)
    expect(lengths.reduce((sum, length) => sum + length)).toBe(300 * 250 * 16)
  })
})

describe('larger than one window or one part', () => {
  test('a transposed matrix', () =>
    expectRight({ shape: [9, 60_000], strides: [1, 40], offset: 3, itemSize: 4 }))

  test('elements of two words', () =>
    expectRight({ shape: [5, 33_001], strides: [1, 33], offset: 1, itemSize: 8 }))

  test('a permuted kernel in several parts of 16 MiB', () =>
    expectRight({
      shape: [350, 127, 3, 11],
      strides: [1, 350, 127 * 350 * 11, 127 * 350],
      offset: 2,
      itemSize: 16,
    }))

  test('rows that are further apart than a window', async () => {
    const itemSize = 4
    const bytes = (...values: number[]) => new Uint8Array(Uint32Array.of(...values).buffer)
    const row = 3_000_000
    const source = sparseSource(2 * row * itemSize + 8, [
      { offset: 0, bytes: bytes(1, 2) },
      { offset: row * itemSize, bytes: bytes(3, 4) },
      { offset: 2 * row * itemSize, bytes: bytes(5, 6) },
    ])
    const chunks: Uint8Array[] = []
    const layout = { shape: [2, 3], strides: [1, row], offset: 0, itemSize }
    await copyStrided(source, layout, async chunk => void chunks.push(chunk.slice()))
    expect(Buffer.concat(chunks)).toEqual(Buffer.from(bytes(1, 3, 5, 2, 4, 6)))
  })
})

describe('what is read', () => {
  test('nothing outside of the layout', async () => {
    const layout = { shape: [4, 3], strides: [1, 5], offset: 7, itemSize: 2 }
    const source = countingSource(memorySource(randomBytes(1, 1000), 'x'))
    await copyStrided(source, layout, async () => {})
    for (const { offset, length } of source.reads) {
      expect(offset).toBeGreaterThanOrEqual(14)
      expect(offset + length).toBeLessThanOrEqual((7 + extent(layout)) * 2)
    }
    expect(source.reads).not.toEqual([])
  })

  test('nothing for an empty tensor, whatever its offset', async () => {
    const source = countingSource(memorySource(new Uint8Array(0), 'x'))
    const layout = { shape: [3, 0, 2], strides: [1, 1, 1], offset: 10 ** 9, itemSize: 4 }
    await copyStrided(source, layout, async () => expect.unreachable())
    expect(source.reads).toEqual([])
  })

  test("a kernel in TensorFlow's order (HWIO): all of it, once for each 16 MiB", async () => {
    const [outputs, inputs, height, width] = [2048, 512, 3, 3]
    const layout = {
      shape: [outputs, inputs, height, width],
      strides: [1, outputs, width * inputs * outputs, inputs * outputs],
      offset: 0,
      itemSize: 4,
    }
    const size = extent(layout) * 4
    const source = countingSource(memorySource(new Uint8Array(size), 'x'))
    let written = 0
    await copyStrided(source, layout, async chunk => {
      written += chunk.length
    })
    expect(written).toBe(size)
    expect(source.total()).toBeLessThanOrEqual(3 * size)
    expect(Math.max(...source.reads.map(({ length }) => length))).toBeLessThanOrEqual(256 * 1024)
  })

  test('a failing source stops it, and so does a failing writer', async () => {
    const source = memorySource(randomBytes(1, 4000), 'x')
    const layout = { shape: [10, 100], strides: [1, 10], offset: 0, itemSize: 4 }
    await expect(copyStrided(failingSource(source, 100), layout, async () => {})).rejects.toThrow(
      'broken disk',
    )
    const full = async () => {
      throw new Error('disk full')
    }
    await expect(copyStrided(source, layout, full)).rejects.toThrow('disk full')
  })
})

test('copies at the same time do not interfere', async () => {
  const layouts = [1, 2, 4, 8].map(itemSize => ({
    shape: [301, 400],
    strides: [1, 301],
    offset: 0,
    itemSize,
  }))
  await Promise.all(layouts.map((layout, index) => expectRight(layout, index)))
})

describe('isContiguous', () => {
  test.each([
    [[], [], true],
    [[2, 3], [3, 1], true],
    [[2, 3], [1, 2], false],
    [[2, 1, 3], [3, 99, 1], true],
    [[1, 3], [0, 1], true],
    [[3], [2], false],
    [[3], [0], false],
    [[1], [5], true],
  ])('%j with strides %j: %s', (shape, strides, expected) => {
    expect(isContiguous({ shape, strides })).toBe(expected)
  })

  test('the result of contiguousStrides is contiguous', () => {
    for (const shape of [[], [7], [2, 3, 4], [1, 1], [5, 1, 2]])
      expect(isContiguous({ shape, strides: contiguousStrides(shape) })).toBe(true)
  })
})

test.each([
  [[2, 3], [3, 1], 6],
  [[2, 3], [1, 2], 6],
  [[2, 3], [0, 0], 1],
  [[3], [10], 21],
  [[], [], 1],
])('%j with strides %j extends over %i elements', (shape, strides, expected) => {
  expect(extent({ shape, strides })).toBe(expected)
})
