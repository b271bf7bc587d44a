/** Reading tar archives, built here by hand: damaged ones are refused, with the place of the damage. */
import { describe, expect, test } from 'vitest'
import { memorySource } from '../../src/bytes/source.ts'
import { FormatError } from '../../src/errors.ts'
import { isTarHeader, listTar, readTar } from '../../src/tar/read.ts'
import { bytesOf } from '../helpers/pickle-bytes.ts'

interface Part {
  readonly name?: string
  readonly data?: Uint8Array
  readonly kind?: string
  /** The size field, if it is not the data's size. */
  readonly size?: Uint8Array
  readonly magic?: string
  readonly prefix?: string
}

function headerBytes({
  name = 'file',
  data = new Uint8Array(0),
  kind = '0',
  size,
  magic,
  prefix,
}: Part): Uint8Array {
  const head = new Uint8Array(512)
  head.set(bytesOf(name))
  head.set(size ?? bytesOf(data.length.toString(8).padStart(11, '0')), 124)
  head.set(bytesOf(kind), 156)
  head.set(bytesOf(magic ?? 'ustar'), 257)
  head.set(bytesOf(prefix ?? ''), 345)
  head.fill(0x20, 148, 156)
  const sum = head.reduce((total, byte) => total + byte, 0)
  head.set(bytesOf(`${sum.toString(8).padStart(6, '0')}\0 `), 148)
  return head
}

function tarBytes(...parts: readonly Part[]): Uint8Array {
  const blocks = parts.flatMap(part => {
    const data = part.data ?? new Uint8Array(0)
    return [headerBytes(part), data, new Uint8Array((512 - (data.length % 512)) % 512)]
  })
  return new Uint8Array(Buffer.concat([...blocks, new Uint8Array(1024)]))
}

const read = (bytes: Uint8Array) => readTar(memorySource(bytes, 'x.tar'))
const five = bytesOf('12345')

describe('listed entries', () => {
  test('files, but not folders or links', async () => {
    const bytes = tarBytes(
      { name: 'folder/', kind: '5' },
      { name: 'a', data: five },
      { name: 'link', kind: '2' },
      { name: 'old', kind: '\0', magic: '', data: new Uint8Array(512) },
      { name: 'b', prefix: 'deep/er', data: five },
    )
    expect(await read(bytes)).toEqual([
      { name: 'a', offset: 1024, size: 5 },
      { name: 'old', offset: 2560, size: 512 },
      { name: 'deep/er/b', offset: 3584, size: 5 },
    ])
  })

  test('long names, in GNU and pax format, for the next entry only', async () => {
    const long = 'x'.repeat(300)
    const bytes = tarBytes(
      { name: '././@LongLink', kind: 'L', data: bytesOf(`${long}\0`) },
      { name: 'short', data: five },
      { kind: 'x', data: bytesOf('19 path=other/name\n13 mtime=1.5\n') },
      { name: 'short', data: five },
      { kind: 'g', data: bytesOf('16 comment=none\n') },
      { name: 'last', data: five },
    )
    expect((await read(bytes)).map(({ name }) => name)).toEqual([long, 'other/name', 'last'])
  })

  test('sizes in pax and in binary format', async () => {
    const binary = new Uint8Array(12)
    binary.set([0x80, ...new Array(10).fill(0), 5])
    const bytes = tarBytes(
      { name: 'a', data: five, size: binary },
      { kind: 'x', data: bytesOf('9 size=5\n') },
      { name: 'b', data: five, size: bytesOf('0') },
    )
    expect((await read(bytes)).map(({ size }) => size)).toEqual([5, 5])
  })

  test.each(['-512', '1e3', '0x10', ''])('a size of %j in pax is refused', async size => {
    const bytes = tarBytes(
      { kind: 'x', data: bytesOf(`${size.length + (size.length > 1 ? 9 : 8)} size=${size}\n`) },
      { name: 'b', data: five },
    )
    await expect(read(bytes)).rejects.toThrow(/the size of an entry is not a number/)
  })

  test('a size in pax does not apply to a long name that follows', async () => {
    const long = 'x'.repeat(300)
    const bytes = tarBytes(
      { kind: 'x', data: bytesOf('9 size=5\n') },
      { kind: 'L', data: bytesOf(long) },
      { name: 'b', data: five, size: bytesOf('0') },
    )
    expect(await read(bytes)).toEqual([{ name: long, offset: 2560, size: 5 }])
  })

  test.each(['0', '1', '2', '5'])('two entries with one name, the second of type %s: refused', async kind => {
    const bytes = tarBytes({ name: 'a', data: five }, { name: 'a', kind })
    await expect(read(bytes)).rejects.toThrow(/two entries are named "a"/)
  })

  test.each(['1', '2', '3', '5', 'S', 'X', 'V'])('an entry of type %s with bytes: refused', async kind => {
    const bytes = tarBytes({ name: 'a', kind, data: five }, { name: 'b', data: five })
    await expect(read(bytes)).rejects.toThrow(FormatError)
  })

  test.each([
    ['a name for all entries', 'g', '10 path=b\n'],
    ['a sparse map', 'x', '22 GNU.sparse.map=0,1\n'],
    ['another length', 'x', '99 path=b\n'],
    ['no line break', 'x', '9 path=b'],
    ['two names', 'x', '10 path=b\n10 path=c\n'],
  ])('a pax header with %s: refused', async (_, kind, text) => {
    const bytes = tarBytes({ name: 'pax', kind, data: bytesOf(text) }, { name: 'a', data: five })
    await expect(read(bytes)).rejects.toThrow(FormatError)
  })

  test('a value in pax may contain a line break and what looks like a record', async () => {
    const text = '28 comment=x\n10 path=b\n____\n'
    const bytes = tarBytes({ name: 'pax', kind: 'x', data: bytesOf(text) }, { name: 'a', data: five })
    expect((await read(bytes)).map(({ name }) => name)).toEqual(['a'])
  })

  test.each([
    ['x', '13 comment=1\n'],
    ['g', '13 comment=1\n'],
    ['L', 'name'],
    ['K', ''],
  ])('an entry that a header of type %s announces, but that does not follow', async (kind, data) => {
    const opening = read(tarBytes({ data: five }, { name: 'ahead', kind, data: bytesOf(data) }))
    await expect(opening).rejects.toThrow('an entry is announced, but none follows')
  })

  test.each([
    ['uid=500000', undefined],
    ['mtime=1480000000.25', undefined],
    ['mtime=inf', 0],
    ['gid=-1', 0],
    ['uid=99999999999999999999', 0],
  ])('%s in pax, which Python applies to the file on disk', async (fact, expected) => {
    const data = bytesOf(`${fact.length + 4} ${fact}\n`)
    const bytes = tarBytes({ name: 'pax', kind: 'x', data }, { data: five })
    const { oddFacts } = await listTar(memorySource(bytes, 'x.tar'))
    expect(oddFacts === undefined).toBe(expected === undefined)
  })

  test('an archive without the blocks of zeros at its end', async () => {
    expect(await read(tarBytes({ name: 'a', data: new Uint8Array(512) }).subarray(0, 1024))).toHaveLength(1)
  })
})

describe('what is refused', () => {
  const good = tarBytes({ name: 'a', data: five }, { name: 'b', data: five })

  test.each<[string, Uint8Array, RegExp]>([
    [
      'a header with a wrong checksum',
      Uint8Array.from(good).fill(65, 1024, 1025),
      /byte 1024 .*expected the header/,
    ],
    ['an archive truncated in a header', good.subarray(0, 1100), /byte 1024 .*expected the header/],
    ['a truncated entry', tarBytes({ size: bytesOf('77777777777') }), /this entry ends at byte 8589935103/],
    [
      'a size that is not a number',
      tarBytes({ size: bytesOf('9x') }),
      /the size of an entry is not a number/,
    ],
    [
      'a negative size',
      tarBytes({ size: new Uint8Array(12).fill(0xff) }),
      /the size of an entry is not a number/,
    ],
    ['a name of a megabyte', tarBytes({ kind: 'L', data: new Uint8Array(2 ** 20 + 1) }), /has 1048577 bytes/],
    ['10,001 entries', tarBytes(...Array.from({ length: 10_001 }, () => ({}))), /more than 10000 entries/],
  ])('%s', async (_, bytes, message) => {
    await expect(read(bytes)).rejects.toThrow(FormatError)
    await expect(read(bytes)).rejects.toThrow(message)
  })

  test('zeros are not a header, nor are other bytes', () => {
    expect(isTarHeader(new Uint8Array(512))).toBe(false)
    expect(isTarHeader(new Uint8Array(512).fill(65))).toBe(false)
    expect(isTarHeader(headerBytes({}).subarray(0, 511))).toBe(false)
    expect(isTarHeader(headerBytes({}))).toBe(true)
  })
})
