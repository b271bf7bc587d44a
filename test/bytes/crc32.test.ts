/** The checksum: Node's implementation and the one for browsers agree, and compute the CRC-32 of zip archives. */
import { crc32 as zlibCrc32 } from 'node:zlib'
import { expect, test } from 'vitest'
import { crc32, crc32ByTable } from '../../src/bytes/crc32.ts'
import { randomBytes, randomIntegers } from '../helpers/random.ts'

const IMPLEMENTATIONS = { 'as used': crc32, 'by table': crc32ByTable }

test.each(Object.entries(IMPLEMENTATIONS))('%s: known values', (_, compute) => {
  const of = (text: string): number => compute(new TextEncoder().encode(text))
  expect(of('')).toBe(0)
  expect(of('123456789')).toBe(0xcbf43926)
  expect(of('The quick brown fox jumps over the lazy dog')).toBe(0x414fa339)
})

test("Node's implementation is used if there is one", () => {
  expect(crc32).toBe(zlibCrc32)
})

test('both agree on random bytes of any length', () => {
  for (let length = 0; length < 300; length++) {
    const bytes = randomBytes(length, length)
    expect(crc32ByTable(bytes)).toBe(crc32(bytes))
  }
})

test.each(Object.entries(IMPLEMENTATIONS))(
  '%s: piece by piece gives the same as all at once',
  (_, compute) => {
    const bytes = randomBytes(1, 5000)
    const next = randomIntegers(2)
    for (let round = 0; round < 50; round++) {
      const cut = next(bytes.length + 1)
      expect(compute(bytes.subarray(cut), compute(bytes.subarray(0, cut)))).toBe(crc32ByTable(bytes))
    }
  },
)
