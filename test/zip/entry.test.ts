/** The bytes of entries: read in place, or inflated at any position, checked, and never more than announced. */
import { deflateRawSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { crc32 } from '../../src/bytes/crc32.ts'
import { memorySource, readBytes } from '../../src/bytes/source.ts'
import { FormatError, SystemError } from '../../src/errors.ts'
import { checkCrc, openEntry, readEntry } from '../../src/zip/entry.ts'
import { readZip, type ZipArchive, type ZipEntry } from '../../src/zip/read.ts'
import { countingSource } from '../helpers/counting-source.ts'
import { failingSource } from '../helpers/failing-source.ts'
import { randomBytes, randomIntegers } from '../helpers/random.ts'
import { openZip, utf8, type ZipPart, zipBytes } from '../helpers/zip-bytes.ts'

/** Half noise, half repetition: parts that deflate can compress, and parts that it cannot. */
function content(length: number): Uint8Array {
  const bytes = randomBytes(length, length)
  bytes.fill(7, length / 4, length / 2)
  return bytes
}

function deflated(name: string, data: Uint8Array, lies: Partial<ZipPart['central']> = {}): ZipPart {
  const packed = new Uint8Array(deflateRawSync(data))
  const numbers = { method: 8, crc: crc32(data), size: data.length, compressedSize: packed.length }
  return { name, data: packed, local: numbers, central: { ...numbers, ...lies } }
}

async function only(part: ZipPart): Promise<[ZipArchive, ZipEntry]> {
  const archive = await openZip([part])
  return [archive, [...archive.entries.values()][0]!]
}

async function failure(promise: Promise<unknown>): Promise<FormatError> {
  const error = await promise.catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(FormatError)
  return error as FormatError
}

describe('a stored entry', () => {
  const data = content(5000)

  test('is read in place: no byte more than requested', async () => {
    const source = countingSource(memorySource(zipBytes([{ name: 'top/x', data }]), 'x'))
    const archive = await readZip(source)
    const entry = await openEntry(archive, archive.entries.get('top/x')!)
    source.reads.length = 0
    expect(await readBytes(entry, 100, 50)).toEqual(data.subarray(100, 150))
    expect(source.reads).toEqual([{ offset: 30 + 5 + 100, length: 50 }])
  })

  test('begins after the extra field of its local header', async () => {
    const [archive, entry] = await only({ name: 'top/x', data, localExtra: new Uint8Array(29) })
    expect(await readEntry(archive, entry, 5000)).toEqual(data)
  })

  test('is named after archive and entry', async () => {
    const [archive, entry] = await only({ name: 'top/x', data })
    expect(await openEntry(archive, entry)).toMatchObject({ name: 'test.zip!top/x', size: 5000 })
  })

  test('has an end, whatever follows it', async () => {
    const source = await openEntry(...(await only({ name: 'top/x', data })))
    for (const [offset, length] of [
      [4999, 2],
      [5000, 1],
      [-1, 1],
      [0, 5001],
    ] as const)
      await expect(readBytes(source, offset, length)).rejects.toThrow(FormatError)
    expect(await readBytes(source, 5000, 0)).toHaveLength(0)
  })
})

describe('a deflated entry', () => {
  // More than the 64 KiB that the inflater gets at a time.
  const data = content(600_000)

  test('is inflated', async () => {
    const [archive, entry] = await only(deflated('top/x', data))
    expect(entry.compressedSize).toBeLessThan(data.length)
    expect(Buffer.compare(await readEntry(archive, entry, 1e6), data)).toBe(0)
  })

  test('can be empty', async () => {
    const [archive, entry] = await only(deflated('top/x', new Uint8Array(0)))
    expect(await readEntry(archive, entry, 10)).toHaveLength(0)
  })

  test('can be read at any position, forward and backward', async () => {
    const source = await openEntry(...(await only(deflated('top/x', data))))
    const next = randomIntegers(3)
    for (let round = 0; round < 60; round++) {
      const offset = next(data.length)
      const length = next(Math.min(100_000, data.length - offset) + 1)
      const read = await readBytes(source, offset, length)
      expect(Buffer.compare(read, data.subarray(offset, offset + length)), `${offset} +${length}`).toBe(0)
    }
  })

  test('is inflated in one pass when read forward in pieces', async () => {
    const bytes = zipBytes([deflated('top/x', data)])
    const counting = countingSource(memorySource(bytes, 'x'))
    const archive = await readZip(counting)
    const source = await openEntry(archive, archive.entries.get('top/x')!)
    counting.reads.length = 0
    for (let offset = 0; offset < data.length; offset += 10_000) await readBytes(source, offset, 10_000)
    expect(counting.total()).toBe(archive.entries.get('top/x')!.compressedSize)
  })

  test('that inflates to less than announced is refused', async () => {
    const [archive, entry] = await only(deflated('top/x', data, { size: data.length + 1 }))
    expect((await failure(readEntry(archive, entry, 1e6))).message).toMatch(
      /expected 600001 inflated bytes, found 600000/,
    )
  })

  test('that inflates to more than announced is refused', async () => {
    const [archive, entry] = await only(deflated('top/x', data, { size: data.length - 1 }))
    expect((await failure(readEntry(archive, entry, 1e6))).message).toMatch(
      /expected 599999 inflated bytes, found more/,
    )
  })

  test('a bomb that inflates to 100 MB is refused', async () => {
    const [archive, entry] = await only(deflated('top/x', new Uint8Array(100_000_000), { size: 1000 }))
    await expect(readEntry(archive, entry, 1e6)).rejects.toThrow(/expected 1000 inflated bytes, found more/)
  })

  test.each([
    ['that is truncated', (packed: Uint8Array) => packed.subarray(0, packed.length - 100)],
    ['with bytes changed', (packed: Uint8Array) => packed.map((byte, index) => (index < 50 ? 0xff : byte))],
  ])('%s is refused', async (_, damage) => {
    const right = deflated('top/x', data)
    const packed = damage(right.data!)
    const sizes = { compressedSize: packed.length }
    const [archive, entry] = await only({ ...right, data: packed, central: { ...right.central, ...sizes } })
    expect((await failure(readEntry(archive, entry, 1e6))).message).toMatch(/test\.zip!top\/x: /)
  })

  test('reports a failing disk as such, not as a damaged archive', async () => {
    const bytes = zipBytes([deflated('top/x', data)])
    const healthy = await readZip(memorySource(bytes, 'x'))
    const broken = { ...healthy, source: failingSource(memorySource(bytes, 'x'), 100_000) }
    await expect(readEntry(broken, healthy.entries.get('top/x')!, 1e6)).rejects.toThrow(SystemError)
  })
})

describe('the local header must match the directory', () => {
  const A: ZipPart = { name: 'top/a', data: utf8('first') }
  const B: ZipPart = { name: 'top/b', data: utf8('second') }

  test.each<[string, ZipPart, RegExp]>([
    ['another name', { ...A, localName: 'top/z' }, /"top\/a" has another name/],
    ['a longer name', { ...A, local: { nameLength: 6 } }, /has another name/],
    ['a shorter name', { ...A, local: { nameLength: 4 } }, /has another name/],
    ['another method', { ...A, local: { method: 8 } }, /says method 8, the directory 0/],
    ['encrypted', { ...A, local: { flags: 1 } }, /says that the data is encrypted or patched/],
    ['strongly encrypted', { ...A, local: { flags: 0x40 } }, /says that the data is encrypted or patched/],
    ['masked', { ...A, local: { flags: 0x2000 } }, /says that the data is encrypted or patched/],
    [
      'an extra field over the next header',
      { ...A, local: { extraLength: 1 } },
      /overlaps what comes after it/,
    ],
  ])('%s', async (_, part, message) => {
    const archive = await openZip([part, B])
    const { message: found, place } = await failure(openEntry(archive, archive.entries.get('top/a')!))
    expect(found).toMatch(message)
    expect(place.offset).toBe(0)
  })

  test('no header', async () => {
    const bytes = zipBytes([A, B])
    bytes[3] = 5
    const archive = await readZip(memorySource(bytes, 'x'))
    expect((await failure(openEntry(archive, archive.entries.get('top/a')!))).message).toMatch(/is missing/)
  })

  test('zero sizes and checksum in the header are allowed with a descriptor', async () => {
    const local = { crc: 0, size: 0, compressedSize: 0, flags: 8 }
    const [archive, entry] = await only({ ...A, local, central: { flags: 8 } })
    expect(await readEntry(archive, entry, 10)).toEqual(A.data)
  })
})

describe('checksums', () => {
  const data = utf8('content')

  test('that differ give an error with both', async () => {
    const [archive, entry] = await only({ name: 'top/x', data, central: { crc: 0x1234 } })
    const error = await failure(readEntry(archive, entry, 100))
    const real = `0x${crc32(data).toString(16).padStart(8, '0')}`
    expect(error.message).toBe(
      `test.zip!top/x: expected CRC-32 0x00001234, found ${real}: these 7 bytes are not what was written.`,
    )
  })

  test('of zero count as not computed', async () => {
    const [archive, entry] = await only({ name: 'top/x', data, central: { crc: 0 } })
    expect(await readEntry(archive, entry, 100)).toEqual(data)
  })

  test('of deflated entries cover the inflated bytes', async () => {
    const [archive, entry] = await only(deflated('top/x', data, { crc: 1 }))
    await expect(readEntry(archive, entry, 100)).rejects.toThrow(/expected CRC-32 0x00000001/)
  })

  test('are compared', async () => {
    const [, entry] = await only({ name: 'top/x', data })
    expect(() => checkCrc(entry, 'x', entry.crc)).not.toThrow()
    expect(() => checkCrc(entry, 'x', entry.crc ^ 1)).toThrow(FormatError)
  })
})

test("an entry larger than the caller's limit is refused before memory is allocated for it", async () => {
  const [archive, entry] = await only(deflated('top/x', content(1000), { size: 0xfffffff0 }))
  await expect(readEntry(archive, entry, 1000)).rejects.toThrow(
    /expected at most 1000 bytes, found 4294967280/,
  )
})
