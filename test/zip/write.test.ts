/** The archives that we write: readable at any size, aligned, and with equal bytes for equal content. */
import { describe, expect, test } from 'vitest'
import { crc32 } from '../../src/bytes/crc32.ts'
import { memorySink } from '../../src/bytes/sink.ts'
import { memorySource, readBytes } from '../../src/bytes/source.ts'
import { openEntry, readEntry } from '../../src/zip/entry.ts'
import { DESCRIPTOR_SIGNATURE, LOCAL_HEADER, readRecord, viewOf } from '../../src/zip/layout.ts'
import { readZip, type ZipArchive, type ZipEntry } from '../../src/zip/read.ts'
import { type ZipWriter, zipWriter } from '../../src/zip/write.ts'
import { randomBytes, randomIntegers } from '../helpers/random.ts'
import { sparseSink } from '../helpers/sparse-sink.ts'
import { utf8 } from '../helpers/zip-bytes.ts'

function addBytes(zip: ZipWriter, name: string, bytes: Uint8Array): Promise<void> {
  return zip.add(name, bytes.length, async sink => {
    await sink.write(bytes)
    return crc32(bytes)
  })
}

async function written(entries: Readonly<Record<string, Uint8Array>>): Promise<Uint8Array> {
  const sink = memorySink()
  const zip = zipWriter(sink)
  for (const [name, bytes] of Object.entries(entries)) await addBytes(zip, name, bytes)
  await zip.end()
  return sink.bytes()
}

async function dataStart(archive: ZipArchive, entry: ZipEntry): Promise<number> {
  const header = await readBytes(archive.source, entry.offset, LOCAL_HEADER.size)
  const { nameLength, extraLength } = readRecord(LOCAL_HEADER, viewOf(header), 0)
  return entry.offset + LOCAL_HEADER.size + nameLength + extraLength
}

describe('a written archive', () => {
  const next = randomIntegers(5)
  const entries = Object.fromEntries(
    Array.from({ length: 200 }, (_, index) => [
      `top/${'n'.repeat(next(120))}/${index}`,
      randomBytes(index, next(300)),
    ]),
  )

  test('has the same entries in order, with valid checksums', async () => {
    const archive = await readZip(memorySource(await written(entries), 'x'))
    expect([...archive.entries.keys()]).toEqual(Object.keys(entries))
    for (const [name, bytes] of Object.entries(entries)) {
      const entry = archive.entries.get(name)!
      expect(entry.crc).toBe(crc32(bytes))
      expect(await readEntry(archive, entry, 1000)).toEqual(bytes)
    }
  })

  test('has entries that begin at multiples of 64, even empty ones', async () => {
    const archive = await readZip(memorySource(await written(entries), 'x'))
    const starts = await Promise.all([...archive.entries.values()].map(entry => dataStart(archive, entry)))
    expect(starts).toHaveLength(200)
    expect(starts.filter(start => start % 64 !== 0)).toEqual([])
  })

  test('has the same bytes every time', async () => {
    expect(Buffer.compare(await written(entries), await written(entries))).toBe(0)
  })

  test('has names in UTF-8', async () => {
    const archive = await readZip(memorySource(await written({ 'état/😀': utf8('x') }), 'x'))
    expect([...archive.entries.keys()]).toEqual(['état/😀'])
    expect([...archive.entries.values()][0]!.flags & 0x0800).toBe(0x0800)
  })

  test('may have no entries', async () => {
    const bytes = await written({})
    expect(bytes).toHaveLength(22)
    expect((await readZip(memorySource(bytes, 'x'))).entries.size).toBe(0)
  })

  test('has no zip64 records unless they are needed', async () => {
    const bytes = Buffer.from(await written(entries))
    expect(bytes.indexOf('PK\x06\x06', 0, 'latin1')).toBe(-1)
    expect(bytes.indexOf('PK\x06\x07', 0, 'latin1')).toBe(-1)
  })
})

test('the layout, byte by byte', async () => {
  const crc = crc32(utf8('data'))
  const crcBytes = [crc & 0xff, (crc >> 8) & 0xff, (crc >> 16) & 0xff, crc >>> 24]
  const z = 0x5a
  expect([...(await written({ ab: utf8('data') }))]).toEqual([
    // Local header: no version, flags 0x0808, stored; sizes and checksum follow the data
    ...[0x50, 0x4b, 3, 4, 0, 0, 8, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 32, 0],
    ...[0x61, 0x62],
    // Padding like PyTorch's: "FB", its length, "ZZZ…" up to byte 64
    ...[0x46, 0x42, 28, 0, ...new Array(28).fill(z)],
    ...utf8('data'),
    ...[0x50, 0x4b, 7, 8, ...crcBytes, 4, 0, 0, 0, 4, 0, 0, 0],
    // Central directory
    ...[0x50, 0x4b, 1, 2, 0, 0, 0, 0, 8, 8, 0, 0, 0, 0, 0, 0, ...crcBytes, 4, 0, 0, 0, 4, 0, 0, 0],
    ...[2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    ...[0x61, 0x62],
    // End
    ...[0x50, 0x4b, 5, 6, 0, 0, 0, 0, 1, 0, 1, 0, 48, 0, 0, 0, 84, 0, 0, 0, 0, 0],
  ])
})

test('an entry whose writer hands over a different number of bytes is our mistake', async () => {
  const zip = zipWriter(memorySink())
  const short = zip.add('x', 5, async sink => {
    await sink.write(utf8('four'))
    return 0
  })
  await expect(short).rejects.toThrow('x: expected 5 bytes to be written, found 4')
})

describe('beyond 32 bits', () => {
  const GIB = 2 ** 30
  // The sizes are around the limit, 0xffffffff, which itself means "see zip64"; later entries all start beyond it.
  const SIZES = {
    'top/small': 100,
    'top/limit-1': 0xfffffffe,
    'top/limit': 0xffffffff,
    'top/limit+1': 2 ** 32,
    'top/huge': 20 * GIB + 1,
    'top/empty': 0,
    'top/last': 7,
  }

  async function huge() {
    const sink = sparseSink()
    const zip = zipWriter(sink)
    for (const [name, size] of Object.entries(SIZES))
      await zip.add(name, size, async () => {
        // Zeros, except the last bytes.
        const end = utf8(name).subarray(0, Math.min(size, 100))
        sink.skip(size - end.length)
        await sink.write(end)
        return 0x12345678
      })
    await zip.end()
    return sink.source()
  }

  test('sizes and positions are read back', async () => {
    const source = await huge()
    const archive = await readZip(source)
    expect(Object.fromEntries([...archive.entries].map(([name, { size }]) => [name, size]))).toEqual(SIZES)
    expect(source.size).toBeGreaterThan(32 * GIB)
    for (const [name, entry] of archive.entries) {
      const bytes = await openEntry(archive, entry)
      const tail = utf8(name).subarray(0, Math.min(bytes.size, 100))
      expect(await readBytes(bytes, bytes.size - tail.length, tail.length)).toEqual(tail)
      expect((await dataStart(archive, entry)) % 64).toBe(0)
    }
  })

  test('the descriptor has sizes of 8 bytes, and the local header says so', async () => {
    const archive = await readZip(await huge())
    for (const entry of archive.entries.values()) {
      const isWide = entry.size >= 0xffffffff
      expect(await localHeader(archive, entry)).toEqual(
        isWide ? { size: 0xffffffff, firstExtra: 0x0001 } : { size: 0, firstExtra: 0x4246 },
      )
      if (entry.size > 0) await expectDescriptor(archive, entry, isWide)
    }
  })

  async function localHeader(archive: ZipArchive, entry: ZipEntry) {
    const extra = LOCAL_HEADER.size + entry.name.length
    const view = viewOf(await readBytes(archive.source, entry.offset, extra + 2))
    return { size: readRecord(LOCAL_HEADER, view, 0).size, firstExtra: view.getUint16(extra, true) }
  }

  async function expectDescriptor(archive: ZipArchive, entry: ZipEntry, isWide: boolean): Promise<void> {
    const end = (await dataStart(archive, entry)) + entry.size
    const length = isWide ? 24 : 16
    const view = viewOf(await readBytes(archive.source, end, length))
    expect(view.getUint32(0, true)).toBe(DESCRIPTOR_SIGNATURE)
    expect(view.getUint32(4, true)).toBe(0x12345678)
    const sizes = isWide
      ? [view.getBigUint64(8, true), view.getBigUint64(16, true)]
      : [view.getUint32(8, true), view.getUint32(12, true)]
    expect(sizes.map(Number)).toEqual([entry.size, entry.size])
    // Nothing is between the descriptor and what follows.
    expect(end + length).toBe(entry.limit)
  }

  test.each([65_534, 65_535])('%i entries', async count => {
    const sink = memorySink()
    const zip = zipWriter(sink)
    for (let index = 0; index < count; index++) await zip.add(`t/${index}`, 0, async () => 0)
    await zip.end()
    const { entries } = await readZip(memorySource(sink.bytes(), 'x'))
    expect(entries.size).toBe(count)
    expect(entries.has(`t/${count - 1}`)).toBe(true)
  })
})
