/** Sources: they fill the given buffer or throw; never a short read. */
import { describe, expect, test } from 'vitest'
import { type ByteSource, memorySource, readBytes, subSource } from '../../src/bytes/source.ts'
import { FormatError } from '../../src/errors.ts'
import { sparseSource } from '../helpers/sparse-source.ts'

const BYTES = Uint8Array.from({ length: 100 }, (_, index) => index)

const PADDED = new Uint8Array(120)
PADDED.set(BYTES, 7)

const SOURCES: Readonly<Record<string, ByteSource>> = {
  memory: memorySource(BYTES, 'x'),
  'memory, a view into a larger buffer': memorySource(PADDED.subarray(7, 107), 'x'),
  'a part of another': subSource(memorySource(PADDED, 'whole'), 7, 100, 'x'),
  'a part of a part': subSource(subSource(memorySource(PADDED, 'whole'), 5, 110, 'part'), 2, 100, 'x'),
}

describe.each(Object.entries(SOURCES))('%s', (_, source) => {
  test('gives every range', async () => {
    expect(source.size).toBe(100)
    for (const [offset, length] of [
      [0, 100],
      [0, 0],
      [100, 0],
      [99, 1],
      [33, 44],
    ] as const)
      expect(await readBytes(source, offset, length)).toEqual(BYTES.subarray(offset, offset + length))
  })

  test.each([
    [0, 101],
    [100, 1],
    [-1, 1],
    [101, 0],
    [Number.NaN, 1],
    [0, Number.NaN],
    [2 ** 60, 2 ** 60],
  ])('refuses offset %d, length %d', async (offset, length) => {
    await expect(readBytes(source, offset, length)).rejects.toThrow(FormatError)
  })

  test('leaves the buffer unchanged if it cannot fill it', async () => {
    const into = new Uint8Array(10).fill(0xaa)
    await expect(source.read(95, into)).rejects.toThrow('expected 10 bytes here, found the end')
    expect(into).toEqual(new Uint8Array(10).fill(0xaa))
  })
})

describe('subSource', () => {
  const whole = memorySource(BYTES, 'whole')

  test('does not reach bytes outside of its range', async () => {
    const part = subSource(whole, 10, 5, 'part')
    await expect(readBytes(part, 4, 2)).rejects.toThrow(/^part: byte 4 .*the data is 5 bytes long/)
    await expect(readBytes(part, -1, 2)).rejects.toThrow(/^part: /)
  })

  test('must be inside the whole', () => {
    expect(() => subSource(whole, 90, 11, 'part')).toThrow(/^whole: byte 90/)
    expect(() => subSource(whole, -1, 5, 'part')).toThrow(FormatError)
    expect(() => subSource(whole, 0, Number.NaN, 'part')).toThrow(FormatError)
  })

  test('works beyond 4 GiB', async () => {
    const large = sparseSource(2 ** 45, [{ offset: 2 ** 44 + 3, bytes: Uint8Array.of(1, 2, 3) }])
    expect(await readBytes(subSource(large, 2 ** 44, 10, 'part'), 2, 5)).toEqual(Uint8Array.of(0, 1, 2, 3, 0))
  })
})
