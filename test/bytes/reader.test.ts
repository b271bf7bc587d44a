/** The cursor over data of unknown length: the same items wherever the window ends, and nothing beyond the limit. */
import { describe, expect, test } from 'vitest'
import { type ByteReader, readInOrder } from '../../src/bytes/reader.ts'
import { memorySource } from '../../src/bytes/source.ts'
import { FormatError, SystemError } from '../../src/errors.ts'
import { countingSource } from '../helpers/counting-source.ts'
import { failingSource } from '../helpers/failing-source.ts'
import { bytesOf, u32, u64 } from '../helpers/pickle-bytes.ts'
import { sparseSource } from '../helpers/sparse-source.ts'

/** The size of the first read. */
const WINDOW = 64 * 1024

const latin1 = (bytes: Uint8Array): string => String.fromCharCode(...bytes)

/** One item of every kind, and one made of two: bytes, and how to read them. */
const ITEMS: readonly (readonly [Uint8Array, (reader: ByteReader) => unknown, unknown])[] = [
  [bytesOf(0xfe), r => r.u8(), 254],
  [bytesOf(0x34, 0x12), r => r.u16(), 0x1234],
  [u32(0xfffffffe), r => r.u32(), 0xfffffffe],
  [u32(0xfffffffe), r => r.i32(), -2],
  [u64(2n ** 53n - 1n), r => r.u64(), 2 ** 53 - 1],
  [bytesOf(0x40, 0x09, 0x21, 0xfb, 0x54, 0x44, 0x2d, 0x18), r => r.f64BigEndian(), Math.PI],
  [bytesOf('five!'), r => latin1(r.bytes(5)), 'five!'],
  [bytesOf('a line\n'), r => latin1(r.line()), 'a line'],
  [bytesOf('\n'), r => latin1(r.line()), ''],
  [bytesOf(3, 'abc', 'end\n'), r => [latin1(r.bytes(r.u8())), latin1(r.line())], ['abc', 'end']],
]

const ALL = bytesOf(...ITEMS.map(([bytes]) => bytes))
const VALUES = ITEMS.map(([, , value]) => value)

async function readItems(bytes: Uint8Array, padding: number): Promise<{ values: unknown[]; end: number }> {
  const values: unknown[] = []
  let padded = false
  const end = await readInOrder(memorySource(bytes, 'x'), 0, bytes.length, reader => {
    if (!padded) {
      reader.bytes(padding)
      padded = true
      return false
    }
    values.push(ITEMS[values.length]![1](reader))
    return values.length === ITEMS.length
  })
  return { values, end }
}

test.each(Array.from({ length: ALL.length + 2 }, (_, cut) => cut))(
  'a window that ends %i bytes into the items',
  async cut => {
    const padding = WINDOW - cut
    const { values, end } = await readItems(bytesOf(new Uint8Array(padding), ALL), padding)
    expect(values).toEqual(VALUES)
    expect(end).toBe(padding + ALL.length)
  },
)

test('start and end positions, inside a larger source', async () => {
  const source = memorySource(bytesOf('before', 'item\n', 'after'), 'x')
  const end = await readInOrder(source, 6, 100, reader => latin1(reader.line()) === 'item')
  expect(end).toBe(11)
})

test('an item many times larger than the window', async () => {
  const length = 10 * WINDOW + 17
  const bytes = bytesOf(u32(length), new Uint8Array(length).fill(7), 'K')
  let sum = 0
  await readInOrder(memorySource(bytes, 'x'), 0, bytes.length, reader => {
    for (const byte of reader.bytes(reader.u32())) sum += byte
    return true
  })
  expect(sum).toBe(7 * length)
})

test('a line many times larger than the window', async () => {
  const bytes = bytesOf('x'.repeat(5 * WINDOW), '\n', 'y\n')
  const lengths: number[] = []
  await readInOrder(memorySource(bytes, 'x'), 0, bytes.length, reader => {
    lengths.push(reader.line().length)
    return lengths.length === 2
  })
  expect(lengths).toEqual([5 * WINDOW, 1])
})

test('no byte is read twice, and only the required part of a large file', async () => {
  const source = countingSource(sparseSource(2 ** 40, []))
  let items = 0
  await readInOrder(source, 2 ** 39, 2 ** 30, reader => {
    reader.bytes(1000)
    return ++items === 1000
  })
  for (const [index, { offset, length }] of source.reads.entries())
    expect(source.reads[index + 1]?.offset ?? offset + length).toBe(offset + length)
  expect(source.total()).toBeLessThan(1000 * 1000 + 2 * WINDOW)
})

describe('data that ends too early', () => {
  const read = (bytes: Uint8Array, step: (reader: ByteReader) => unknown, limit = 1000) => {
    let count = 0
    return readInOrder(memorySource(bytes, 'x'), 0, limit, reader => {
      if (count > 0) step(reader)
      else reader.u16()
      return ++count === 2
    }).catch((error: unknown) => error)
  }

  test.each<[string, (reader: ByteReader) => unknown]>([
    ['a number', r => r.u64()],
    ['bytes', r => r.bytes(4)],
    ['a line', r => r.line()],
    ['the second half of an item', r => [r.u8(), r.u16(), r.u8()]],
  ])('%s', async (_, step) => {
    const error = (await read(bytesOf('ab', 'cde'), step)) as FormatError
    expect(error).toBeInstanceOf(FormatError)
    // The position of the item, not of the end.
    expect(error.place).toEqual({ source: 'x', offset: 2 })
    expect(error.message).toMatch(
      /ends in the middle of an item \(byte 5\); at least \d+ more bytes are missing/,
    )
    expect(error.excerpt).toContain('[63]')
  })

  test('it reports how many bytes are missing', async () => {
    expect(String(await read(bytesOf('ab', 'cde'), r => r.bytes(10)))).toContain('at least 7 more')
  })

  test('the limit, if there are more bytes', async () => {
    const error = await read(new Uint8Array(100), r => r.bytes(9), 10)
    expect(String(error)).toContain('the item reaches past the limit of 10 bytes')
    expect(await read(new Uint8Array(100), r => r.bytes(8), 10)).toBe(10)
  })

  test('lengths larger than any source', async () => {
    for (const length of [2n ** 32n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n])
      expect(await read(bytesOf('ab', u64(length)), r => r.bytes(r.u64()))).toBeInstanceOf(FormatError)
  })

  test('an empty source', async () => {
    const reading = readInOrder(memorySource(new Uint8Array(0), 'x'), 0, 10, r => r.u8() === 0)
    await expect(reading).rejects.toThrow(/ends in the middle of an item \(byte 0\); at least 1 more/)
  })
})

test('errors of a step and of the source are passed on', async () => {
  const source = memorySource(new Uint8Array(3 * WINDOW), 'x')
  const mistake = readInOrder(source, 0, 10, () => {
    throw new RangeError('mistake')
  })
  await expect(mistake).rejects.toThrow(RangeError)
  const broken = readInOrder(failingSource(source, WINDOW + 1), 0, source.size, reader => {
    reader.bytes(1000)
    return false
  })
  await expect(broken).rejects.toThrow(SystemError)
})
