/** Split tensors: each part has its own bytes, damage is found anywhere in the whole, and nothing is read needlessly. */
import { describe, expect, test } from 'vitest'
import { crc32 } from '../../src/bytes/crc32.ts'
import { memorySource } from '../../src/bytes/source.ts'
import { FormatError, MismatchError, UnsupportedError } from '../../src/errors.ts'
import { openCheckpoint } from '../../src/formats/index.ts'
import { splitTensor } from '../../src/tensor/split.ts'
import type { Tensor } from '../../src/tensor/tensor.ts'
import { countingSource } from '../helpers/counting-source.ts'
import { bytesOf, countingTensor, tensorOf } from '../helpers/tensors.ts'
import {
  copyOut,
  dict,
  floats,
  openTorchZip,
  storage,
  tensor,
  torchZipBytes,
} from '../helpers/torch-bytes.ts'

const numbers = (count: number): Uint8Array => Uint8Array.from({ length: count }, (_, index) => index)

test.each([1, 3, 5, 64])('three parts, read in chunks of %i bytes', async step => {
  const parts = splitTensor(tensorOf('float16', numbers(36), [6, 3], step), 3)
  expect(parts.map(({ dtype, shape, origin }) => [dtype, shape, origin])).toEqual(
    Array.from({ length: 3 }, () => ['float16', [2, 3], 'memory']),
  )
  for (const [index, part] of parts.entries()) {
    const { bytes, crc } = await copyOut(part)
    expect([...bytes]).toEqual([...numbers(36).subarray(12 * index, 12 * index + 12)])
    expect(crc).toBe(crc32(bytes))
  }
})

test('one part is the whole; parts of an empty tensor are empty', async () => {
  expect(await bytesOf(splitTensor(tensorOf('uint8', numbers(4)), 1)[0]!)).toEqual(numbers(4))
  const parts = splitTensor(tensorOf('float32', new Uint8Array(0), [0, 4]), 2)
  expect(parts.map(({ shape }) => shape)).toEqual([
    [0, 4],
    [0, 4],
  ])
  for (const part of parts) expect(await copyOut(part)).toEqual({ bytes: new Uint8Array(0), crc: 0 })
})

test('if rows cannot be read separately, everything is read for each part, so that later damage is found', async () => {
  const { tensor: source, reads } = countingTensor(tensorOf('uint8', numbers(6)))
  const parts = splitTensor(source, 3)
  expect(reads()).toBe(0)
  for (const part of parts) await bytesOf(part)
  expect(reads()).toBe(3)
  const damaged: Tensor = {
    ...source,
    async copyTo(write) {
      await source.copyTo(write)
      throw new FormatError({ source: 'x.pth' }, 'damaged.')
    },
  }
  for (const part of splitTensor(damaged, 3)) await expect(bytesOf(part)).rejects.toThrow('damaged')
})

describe('in a zip archive', () => {
  const value = dict({ qkv: tensor(storage('0', 'FloatStorage', 6), [6], [1]) })
  const zip = { value, storages: { 0: floats(1, 2, 3, 4, 5, 6) } }

  test('the storage is checked once, then each part is read separately', async () => {
    const source = countingSource(memorySource(torchZipBytes(zip), 'x.pth'))
    const state = (await openCheckpoint(source)).sections.get('')!
    const parts = splitTensor(state.get('qkv')!, 3)
    const before = source.total()
    await bytesOf(parts[0]!)
    const first = source.total() - before
    expect(first).toBeGreaterThanOrEqual(24 + 8)
    const all = await Promise.all(parts.map(bytesOf))
    expect(source.total() - before - first).toBe(24)
    expect(all.map(bytes => [...new Float32Array(bytes.buffer)])).toEqual([
      [1, 2],
      [3, 4],
      [5, 6],
    ])
  })

  test('damage in one part is found when another is read', async () => {
    const checkpoint = await openTorchZip({
      ...zip,
      entry: part => (part.name === 'archive/data/0' ? { ...part, central: { crc: 12345 } } : part),
    })
    for (const part of splitTensor(checkpoint.sections.get('')!.get('qkv')!, 3))
      await expect(bytesOf(part)).rejects.toThrow(/expected CRC-32/)
  })

  test('a part of a transposed tensor', async () => {
    const transposed = dict({ w: tensor(storage('0', 'FloatStorage', 6), [2, 3], [1, 2]) })
    const checkpoint = await openTorchZip({ ...zip, value: transposed })
    const parts = splitTensor(checkpoint.sections.get('')!.get('w')!, 2)
    const found = await Promise.all(
      parts.map(async part => [...new Float32Array((await bytesOf(part)).buffer)]),
    )
    expect(found).toEqual([
      [1, 3, 5],
      [2, 4, 6],
    ])
  })
})

test.each([
  ['a size that cannot be divided', tensorOf('uint8', numbers(7)), 3],
  ['a scalar', tensorOf('uint8', numbers(1), []), 1],
  ['no part', tensorOf('uint8', numbers(4)), 0],
  ['half a part', tensorOf('uint8', numbers(4)), 0.5],
])('%s', (_, source, count) => {
  expect(() => splitTensor(source, count)).toThrow(MismatchError)
  expect(() => splitTensor(source, count)).toThrow(
    `memory cannot be split: expected along axis 0 a multiple of ${count}`,
  )
})

test('several values per byte', () => {
  expect(() => splitTensor(tensorOf('quint4x2', numbers(4)), 2)).toThrow(UnsupportedError)
})
