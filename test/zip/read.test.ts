/** Reading archives: valid ones open, and each rule that prevents two readers from seeing different contents holds. */
import { describe, expect, test } from 'vitest'
import { memorySource } from '../../src/bytes/source.ts'
import { FormatError, UnsupportedError } from '../../src/errors.ts'
import { readEntry } from '../../src/zip/entry.ts'
import { CENTRAL_RECORD, END_RECORD, FLAG, LOCAL_HEADER, writeRecord } from '../../src/zip/layout.ts'
import { readZip } from '../../src/zip/read.ts'
import { countingSource } from '../helpers/counting-source.ts'
import { u64 } from '../helpers/pickle-bytes.ts'
import { sparseSource } from '../helpers/sparse-source.ts'
import { openZip, utf8, type ZipPart, type ZipShape, zipBytes } from '../helpers/zip-bytes.ts'

const A: ZipPart = { name: 'top/a', data: utf8('first') }
const B: ZipPart = { name: 'top/b', data: utf8('second') }

async function contents(parts: readonly ZipPart[], shape?: ZipShape): Promise<ReadonlyMap<string, string>> {
  const archive = await openZip(parts, shape)
  const all = new Map<string, string>()
  for (const [name, entry] of archive.entries)
    all.set(name, new TextDecoder().decode(await readEntry(archive, entry, 100)))
  return all
}

const BOTH = new Map([
  ['top/a', 'first'],
  ['top/b', 'second'],
])

/** A zip64 extra field. */
function wide(...values: (number | bigint)[]): Uint8Array {
  return new Uint8Array(Buffer.concat([Uint8Array.of(1, 0, 8 * values.length, 0), ...values.map(u64)]))
}

describe('valid archives open', () => {
  const tail = 'PK\x05\x06'
  const shapes: readonly (readonly [string, ZipShape])[] = [
    ['plainly', {}],
    ['with the zip64 end records that PyTorch always writes', { zip64: {} }],
    [
      'with an end record that leaves all numbers to zip64',
      { zip64: {}, end: { entries: 0xffff, directorySize: 0xffffffff, directoryOffset: 0xffffffff } },
    ],
    ['with a short comment', { comment: utf8('hello') }],
    ['with a comment of 65,535 bytes', { comment: new Uint8Array(65535).fill(0x20) }],
    ['with a comment that begins like an end record', { comment: utf8(tail.slice(0, 3)) }],
    ['with leading bytes that the offsets include', { before: utf8('MZ stub') }],
  ]

  test.each(shapes)('%s', async (_, shape) => {
    expect(await contents([A, B], shape)).toEqual(BOTH)
  })

  test('without entries', async () => {
    expect(await contents([])).toEqual(new Map())
  })

  test('in the order of the directory, wherever the data is', async () => {
    const bytes = zipBytes([A, B])
    const view = new DataView(bytes.buffer)
    // Swaps the two central records, which have the same length.
    const length = CENTRAL_RECORD.size + 5
    const start = view.getUint32(bytes.length - 22 + END_RECORD.fields.directoryOffset.at, true)
    const first = bytes.slice(start, start + length)
    bytes.copyWithin(start, start + length, start + 2 * length)
    bytes.set(first, start + length)
    const archive = await readZip(memorySource(bytes, 'x'))
    expect([...archive.entries.keys()]).toEqual(['top/b', 'top/a'])
    const [b, a] = [...archive.entries.values()]
    expect(a!.limit).toBe(b!.offset)
    expect(b!.limit).toBe(start)
    expect(new TextDecoder().decode(await readEntry(archive, a!, 100))).toBe('first')
  })

  test.each([
    ['all three', { size: 0xffffffff, compressedSize: 0xffffffff, offset: 0xffffffff }, [5, 5, 0]],
    ['the sizes', { size: 0xffffffff, compressedSize: 0xffffffff }, [5, 5]],
    ['the offset', { offset: 0xffffffff }, [0]],
  ] as const)('with %s in the zip64 extra field, after another extra field', async (_, central, values) => {
    const other = Uint8Array.of(0x46, 0x42, 2, 0, 0x5a, 0x5a)
    const centralExtra = new Uint8Array(Buffer.concat([other, wide(...values)]))
    expect(await contents([{ ...A, central, centralExtra }, B])).toEqual(BOTH)
  })

  test('by reading only the end and the directory', async () => {
    const data = new Uint8Array(1_000_000)
    const source = countingSource(memorySource(zipBytes([{ name: 'top/large', data }]), 'x'))
    await readZip(source)
    expect(source.total()).toBeLessThan(2000)
  })
})

describe('names', () => {
  test.each([
    'top/état 😀',
    'top/../../etc/passwd',
    '/absolute',
    'top/with\0zero',
    'top\\back',
    '',
    '__proto__',
    `top/${'x'.repeat(60_000)}`,
    '\ufefftop/bom',
  ])('%j is unchanged', async name => {
    expect(await contents([{ name, data: utf8('x') }])).toEqual(new Map([[name, 'x']]))
  })

  test('bytes that are not UTF-8 differ from all valid names', async () => {
    const name = Uint8Array.of(0x61, 0xff, 0xe9)
    expect([...(await contents([{ name }])).keys()]).toEqual(['a\udcff\udce9'])
  })
})

const DAMAGED: readonly (readonly [string, readonly ZipPart[], ZipShape, RegExp])[] = [
  // The end of the archive
  ['bytes after the end', [A], { after: Uint8Array.of(0) }, /ends at byte \d+ according to its records/],
  ['a truncated comment', [A], { end: { commentLength: 5 } }, /ends at byte \d+ according to its/],
  [
    'a comment longer than declared',
    [A],
    { comment: utf8('hello'), end: { commentLength: 3 } },
    /ends at byte \d+ according to its records/,
  ],
  [
    'an end record inside the comment',
    [A],
    { comment: writeRecord(END_RECORD, {}) },
    /the central directory should end at byte/,
  ],
  [
    'an end record inside the comment, with zip64 around it',
    [A],
    { zip64: {}, comment: writeRecord(END_RECORD, {}) },
    /the central directory should end at byte/,
  ],
  ['a part of a split archive', [A], { end: { disk: 1 } }, /one part of a split archive/],
  ['a directory on another disk', [A], { end: { directoryDisk: 1 } }, /one part of a split archive/],
  // PyTorch refuses each of these: as an "unsupported multidisk archive", or because the "header is invalid".
  ['disk 1 of 1', [A], { end: { disk: 1, directoryDisk: 1 } }, /one part of a split archive/],
  ['other entries on this disk', [A], { end: { entriesOnDisk: 2 } }, /one part of a split archive/],
  ['the same in zip64', [A], { zip64: { entriesOnDisk: 2 } }, /one part of a split archive/],
  ['another disk in zip64', [A], { zip64: { disk: 1 } }, /one part of a split archive/],
  [
    'a directory on another disk in zip64',
    [A],
    { zip64: { directoryDisk: 1 } },
    /one part of a split archive/,
  ],
  ['two disks in the locator', [A], { zip64: {}, locator: { disks: 2 } }, /one part of a split archive/],
  ['another disk in the locator', [A], { zip64: {}, locator: { disk: 1 } }, /one part of a split archive/],
  [
    'a zip64 record that is too short',
    [A],
    { zip64: { recordSize: 43 } },
    /the zip64 end record says that it has 43 bytes/,
  ],
  [
    'a zip64 field longer than the fields',
    [
      {
        ...A,
        central: { size: 0xffffffff },
        centralExtra: Uint8Array.of(1, 0, 99, 0, 5, 0, 0, 0, 0, 0, 0, 0),
      },
    ],
    {},
    /the zip64 field that should have it is missing/,
  ],
  [
    'an entry with a size, but no compressed data',
    [
      A,
      {
        ...B,
        data: utf8(''),
        local: { method: 8, size: 6 },
        central: { method: 8, size: 6, compressedSize: 0 },
      },
    ],
    {},
    /has 6 bytes, but no compressed data/,
  ],
  ['disk 2 of 2', [A], { end: { disk: 2, directoryDisk: 2 } }, /one part of a split archive/],
  ['bytes hidden before the end', [A], { hidden: Uint8Array.of(0) }, /should end at byte/],
  ['bytes hidden before zip64', [A], { hidden: Uint8Array.of(0), zip64: {} }, /should end at byte/],
  ['a directory that begins later', [A], { end: { directoryOffset: 36 } }, /should end at byte/],
  ['a directory that is shorter', [A], { end: { directorySize: 50 } }, /should end at byte/],
  [
    'leading bytes that the offsets do not include',
    [A],
    { before: utf8('MZ'), end: { directoryOffset: 40 } },
    /should end at byte/,
  ],
  // Two end records
  [
    'two different entry counts',
    [A],
    { zip64: { entries: 2, entriesOnDisk: 2 } },
    /disagree on the number of entries: 1 and 2/,
  ],
  ['two directory sizes', [A], { zip64: { directorySize: 1 } }, /disagree on the directory size: 51 and 1/],
  [
    'two directory offsets',
    [A],
    { zip64: { directoryOffset: 1 } },
    /disagree on the directory offset: 40 and 1/,
  ],
  [
    'a locator that points elsewhere',
    [A],
    { zip64: {}, locator: { recordOffset: 0 } },
    /found it announced at 0/,
  ],
  [
    'a zip64 offset larger than any file',
    [A],
    { zip64: { directoryOffset: 2 ** 60 }, end: { directoryOffset: 0xffffffff } },
    /should end at byte/,
  ],
  // The directory
  [
    'fewer entries than declared',
    [A],
    { end: { entries: 2, entriesOnDisk: 2 } },
    /expected 2 entries in the central directory, found 1/,
  ],
  [
    'more entries than declared',
    [A, B],
    { end: { entries: 1, entriesOnDisk: 1 } },
    /expected 1 entries .* found 2/,
  ],
  [
    'a name that reaches past the directory',
    [{ ...A, central: { nameLength: 6 } }],
    {},
    /reaches past the end/,
  ],
  ['an extra field that does so too', [{ ...A, central: { extraLength: 1 } }], {}, /reaches past the end/],
  ['a comment that does so too', [{ ...A, central: { commentLength: 1 } }], {}, /reaches past the end/],
  [
    'junk in the directory',
    [{ ...A, centralExtra: new Uint8Array(60), central: { extraLength: 0 } }],
    {},
    /expected a central directory record/,
  ],
  [
    'half a record',
    [{ ...A, centralExtra: new Uint8Array(4), central: { extraLength: 0 } }],
    {},
    /expected a central directory record/,
  ],
  // Entries
  [
    'no zip64 field',
    [{ ...A, central: { size: 0xffffffff } }],
    {},
    /the zip64 field that should have it is missing/,
  ],
  [
    'a zip64 field that is too short',
    [{ ...A, central: { size: 0xffffffff, offset: 0xffffffff }, centralExtra: wide(5) }],
    {},
    /the zip64 field that should have it is missing/,
  ],
  [
    'a zip64 field that reaches past its record',
    [{ ...A, central: { offset: 0xffffffff }, centralExtra: Uint8Array.of(1, 0, 8, 0, 0, 0) }],
    {},
    /the zip64 field that should have it is missing/,
  ],
  ['a stored entry with two different sizes', [{ ...A, central: { size: 6 } }], {}, /has two sizes, 5 and 6/],
  [
    'bytes in an entry that is marked as a folder',
    [{ ...A, central: { externalAttributes: 0x10 } }],
    {},
    /"top\/a" is a folder, but has 5 bytes/,
  ],
  ['bytes in an entry that is named like a folder', [{ ...A, name: 'top/' }], {}, /"top\/" is a folder/],
  ['an entry on another disk', [{ ...A, central: { disk: 1 } }], {}, /is on disk 1/],
  [
    'an entry over the next header',
    [{ ...A, central: { size: 6, compressedSize: 6 } }, B],
    {},
    /"top\/a" overlaps what comes after it: it needs 41 bytes, found 40/,
  ],
  [
    'an entry over the directory',
    [A, { ...B, central: { size: 7, compressedSize: 7 } }],
    {},
    /"top\/b" overlaps what comes after it/,
  ],
  ['two entries for one header', [A, { ...B, central: { offset: 0 } }], {}, /overlaps what comes after it/],
  ['an entry inside the directory', [{ ...A, central: { offset: 41 } }], {}, /overlaps what comes after it/],
  [
    'a size of 2^64 - 1',
    [
      {
        ...A,
        central: { size: 0xffffffff, compressedSize: 0xffffffff },
        centralExtra: wide(2n ** 64n - 1n, 2n ** 64n - 1n),
      },
    ],
    {},
    /overlaps what comes after it/,
  ],
  ['two equal names', [A, A], {}, /two entries are named "top\/a"/],
  ['names that only differ in case', [A, { ...B, name: 'TOP/A' }], {}, /two entries are named "TOP\/A"/],
]

describe('what is damaged or ambiguous is refused', () => {
  test.each(DAMAGED)('%s', async (_, parts, shape, message) => {
    const error = await openZip(parts, shape).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(FormatError)
    expect((error as FormatError).message).toMatch(message)
    expect((error as FormatError).place.source).toBe('test.zip')
    expect((error as FormatError).advice).not.toBe('')
  })

  test('an archive that is truncated anywhere', async () => {
    const bytes = zipBytes([A, B], { zip64: {} })
    for (let length = 0; length < bytes.length; length++)
      await expect(
        readZip(memorySource(bytes.subarray(0, length), 'cut')),
        `cut at ${length}`,
      ).rejects.toThrow(/the archive has no end/)
  })

  test('a zip64 locator without its record', async () => {
    const bytes = zipBytes([A, B], { zip64: {} })
    bytes[bytes.length - 22 - 20 - 56] = 0
    await expect(readZip(memorySource(bytes, 'x'))).rejects.toThrow(
      /expected the zip64 end record right before/,
    )
  })

  test('a directory of more than 64 MiB, before memory is allocated for it', async () => {
    const directorySize = 300 * 1024 * 1024
    const end = writeRecord(END_RECORD, { directorySize, directoryOffset: 0, entries: 1, entriesOnDisk: 1 })
    const source = countingSource(
      sparseSource(directorySize + end.length, [{ offset: directorySize, bytes: end }]),
    )
    await expect(readZip(source)).rejects.toThrow(
      /1 entries in 314572800 bytes; the limits are 250000 and 67108864/,
    )
    expect(source.total()).toBeLessThan(10_000)
  })

  test('250,001 entries, before memory is allocated for them', async () => {
    const opening = openZip([A], {
      zip64: { entries: 250_001, entriesOnDisk: 250_001 },
      end: { entries: 0xffff },
    })
    await expect(opening).rejects.toThrow(/has 250001 entries in 51 bytes; the limits are 250000/)
  })

  test('an end further from the end of the file than the longest comment', async () => {
    const bytes = zipBytes([A], { after: new Uint8Array(65536) })
    await expect(readZip(memorySource(bytes, 'x'))).rejects.toThrow(/the archive has no end/)
  })
})

test('folders without bytes are normal entries', async () => {
  const folder = { name: 'top/', central: { externalAttributes: 0x10 } }
  expect(await contents([folder, A])).toEqual(
    new Map([
      ['top/', ''],
      ['top/a', 'first'],
    ]),
  )
})

describe('what PyTorch cannot read either is refused as unsupported', () => {
  test.each([0x1, 0x20, 0x40, 0x2000, 0x2041])('flags 0x%s', async flags => {
    const opening = openZip([{ ...A, central: { flags } }])
    await expect(opening).rejects.toThrow(UnsupportedError)
    await expect(opening).rejects.toThrow(`encrypted or patched (flags 0x${flags.toString(16)})`)
  })

  test.each([1, 9, 12, 14, 93, 99])('method %i', async method => {
    const opening = openZip([{ ...A, central: { method } }])
    await expect(opening).rejects.toThrow(UnsupportedError)
    await expect(opening).rejects.toThrow(`compressed with method ${method}`)
  })
})

test('harmless flags', async () => {
  const archive = await openZip([
    { ...A, central: { flags: 0x0808 } },
    { ...B, central: { flags: 0x0006 } },
  ])
  expect([...archive.entries.values()].map(({ flags }) => (flags & FLAG.descriptor) !== 0)).toEqual([
    true,
    false,
  ])
})

test('one byte changed anywhere gives a typed error or the same number of entries, never anything else', async () => {
  const bytes = zipBytes([A, B], { zip64: {} })
  for (let at = 0; at < bytes.length; at++)
    for (const change of [0x01, 0x80, 0xff]) {
      const changed = bytes.slice()
      changed[at]! ^= change
      try {
        const { entries } = await readZip(memorySource(changed, 'x'))
        expect(entries.size, `byte ${at}`).toBe(2)
      } catch (error) {
        expect(
          error instanceof FormatError || error instanceof UnsupportedError,
          `byte ${at}: ${error}`,
        ).toBe(true)
      }
    }
  expect(bytes.length).toBeGreaterThan(LOCAL_HEADER.size)
})
