/** Files made to exhaust resources end in a typed error before they take the machine's memory. */
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { constants, deflateRawSync, gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { MAX_ENTRIES } from '../src/zip/layout.ts'
import { costOf } from './helpers/peak-memory.ts'
import { bytesOf, type Part, u32, u64 } from './helpers/pickle-bytes.ts'
import { temporaryFolder } from './helpers/temporary.ts'
import { dict, floats, legacyBytes, storage, tensor, torchZipBytes } from './helpers/torch-bytes.ts'
import { deflated, zipBytes } from './helpers/zip-bytes.ts'

const folder = temporaryFolder()
const MEGABYTE = 1024 * 1024

const repeated = (text: string, length: number): Buffer => Buffer.alloc(length, text, 'latin1')
const header = (json: Uint8Array): Uint8Array => Buffer.concat([u64(json.length), json])

/** Thousands of views of one storage, or of one number with billions of elements. */
const views = (count: number, shape: readonly number[], strides: readonly number[]) =>
  dict(
    Object.fromEntries(
      Array.from({ length: count }, (_, key) => [
        `w${key}`,
        tensor(storage('0', 'FloatStorage', 4), shape, strides),
      ]),
    ),
  )

/** In a deflated archive, which keeps the file small. */
const packed = (...parts: readonly (Part | Buffer)[]): Uint8Array =>
  torchZipBytes({
    value: new Uint8Array(
      Buffer.concat([
        bytesOf(0x80, 2),
        ...parts.map(part => (part instanceof Buffer ? part : bytesOf(part))),
        bytesOf('.'),
      ]),
    ),
    storages: { 0: floats(1, 2, 3, 4) },
    entry: deflated,
  })

/** Repeated opcodes in one dict, each time as the value of a new key. */
const entriesOf = (count: number, value: string): Buffer =>
  Buffer.concat([
    Buffer.from('}('),
    ...Array.from({ length: count }, (_, key) =>
      Buffer.from(`U\x07${String(key).padStart(7, '0')}${value}`, 'latin1'),
    ),
    Buffer.from('u'),
  ])

/** Further entries of a dict, with long, separate keys. */
const numbered = (count: number, value: string, start = ''): Buffer =>
  Buffer.concat([
    Buffer.from('('),
    ...Array.from({ length: count }, (_, key) => {
      const name = start + String(key).padStart(7, '0')
      return Buffer.concat([Buffer.from('X'), u32(name.length), Buffer.from(`${name}${value}`, 'latin1')])
    }),
    Buffer.from('u'),
  ])

const REBUILD = 'ctorch._utils\n_rebuild_tensor_v2\nq\x01'
const PERSISTENT = '(U\x07storagectorch\nFloatStorage\nU\x010U\x03cpuK\x04tQ'
const TENSOR = `${REBUILD}(${PERSISTENT}K\0K\x04\x85K\x01\x85\x89NtR`
/** Small files reach the limit in proportion to their size first. */
const MEMORY = /takes more than \d+ bytes of memory|the pickle has \d+ bytes, and the limit is \d+,/
const UNPACKS =
  /unpacks to more than the limit of \d+ bytes \(1073741824, and 64 for each of the file's \d+ bytes\)/

const CHECKPOINT = legacyBytes({ value: dict({}), keys: [], storages: [] })
const ZEROS = Buffer.alloc(64 * MEGABYTE)

/** A stream that begins with a checkpoint, followed by 1.1 GiB of zeros. */
const bombInGzip = (): Buffer =>
  Buffer.concat([
    gzipSync(Buffer.concat([CHECKPOINT, Buffer.alloc(512)])),
    ...Array(18).fill(gzipSync(ZEROS)),
  ])

function bombInZip(): Uint8Array {
  const part = (bytes: Uint8Array) => deflateRawSync(bytes, { finishFlush: constants.Z_FULL_FLUSH })
  const data = Buffer.concat([part(CHECKPOINT), ...Array(18).fill(part(ZEROS)), deflateRawSync('')])
  const size = CHECKPOINT.length + 18 * ZEROS.length
  const numbers = { method: 8, crc: 0, size, compressedSize: data.length }
  return zipBytes([{ name: 'a.pth', data, local: numbers, central: numbers }])
}

const CASES: Readonly<Record<string, readonly [() => Uint8Array, code: number, said: RegExp, most: number]>> =
  {
    'a gigabyte in gzip in gzip': [() => gzipSync(bombInGzip()), 4, UNPACKS, 160],
    'a gigabyte in a zip archive': [bombInZip, 4, UNPACKS, 160],
    '15 million integers of nine bytes': [
      () => packed('(', repeated('\x8a\x09\x01\x01\x01\x01\x01\x01\x01\x01\x01', 11 * 15_000_000), 't'),
      4,
      MEMORY,
      1000,
    ],
    '5 million byte strings': [() => packed('(', repeated('C\0', 2 * 5_000_000), 't'), 4, MEMORY, 1150],
    'a quoted line of 15 million escapes': [
      () => packed("S'", repeated('\\x41', 60_000_000), "'\n"),
      4,
      /a line has more than 16777216 bytes/,
      250,
    ],
    'a billion laughs, in every kind of container': [
      () => {
        // Each contains the previous one ten times: a list, a tuple, a dict, a set, an object.
        const ten = 'h\0'.repeat(10)
        const pairs = Array.from({ length: 10 }, (_, key) => `K${String.fromCharCode(key)}h\0`).join('')
        const level = `q\0(${ten}lq\0(${ten}tq\0}(${pairs}uq\0\x8f(${ten}\x90q\0cm\nC\n(${ten}tR`
        return packed('}U\x01a]', level.repeat(100), 's')
      },
      1,
      /but no state dict/,
      120,
    ],
    'dicts in dicts, each under two keys': [
      () =>
        packed(
          `${'}(U\x01a'.repeat(60)}${REBUILD}(${PERSISTENT}K\0K\x04\x85K\x01\x85\x89NtR`,
          `q\x03U\x01bh\x03u`.repeat(60),
        ),
      1,
      /does not match any known method/,
      150,
    ],
    'objects as arguments of objects, 200,000 deep': [
      () =>
        packed('}U\x01acm\nC\nq\x000}q\x020)', repeated('\x85q\x030h\0h\x03h\x02\x92', 11 * 200_000), 's'),
      1,
      /but no state dict/,
      300,
    ],
    'a million memo entries with large numbers': [
      () =>
        packed(
          'N',
          Buffer.concat(Array.from({ length: 1_000_000 }, (_, key) => bytesOf('r', u32(2 ** 32 - 1 - key)))),
        ),
      1,
      /contains None, but no state dict/,
      350,
    ],
    '49,000 copies of a dict': [
      () =>
        packed(
          'ccollections\nOrderedDict\nq\x010',
          entriesOf(100, 'N'),
          'q\x020',
          entriesOf(49_000, 'h\x01h\x02\x85RNNs'),
        ),
      3,
      /dictionaries copy more than 2000000 entries of others/,
      600,
    ],
    '300,000 tensors of one call': [
      () =>
        packed(
          REBUILD,
          `0(${PERSISTENT}K\0K\x04\x85K\x01\x85\x89Ntq\x020`,
          entriesOf(300_000, 'h\x01h\x02R'),
        ),
      4,
      /names more than 250000 tensors/,
      500,
    ],
    'modules in modules, each under two names': [
      () => {
        const level = (inner: string, depth: number): string =>
          depth === 0 ? inner : level(`c__torch__\nM\n)\x81}(U\x01a${inner}q\x01U\x01bh\x01ub`, depth - 1)
        return packed(
          level(`c__torch__\nM\n)\x81}U\x01w${REBUILD}(${PERSISTENT}K\0K\x04\x85K\x01\x85\x89NtRsb`, 40),
        )
      },
      3,
      /too many or too long names/,
      1500,
    ],
    '10 million dicts': [() => torchZipBytes({ value: repeated('}', 10_000_000) }), 4, MEMORY, 1150],
    'a header of 90 million brackets': [
      () => header(Buffer.concat([Buffer.from('{"a":'), repeated('[', 90_000_000)])),
      3,
      /nests values more than 127 deep/,
      300,
    ],
    'a header of 45 million lists': [
      () => header(Buffer.concat([Buffer.from('{"a":['), repeated('[],', 90_000_000)])),
      3,
      /more than 3000000 values/,
      300,
    ],
    'an archive that claims 10 million entries': [
      () =>
        zipBytes([{ name: 'archive/version' }], {
          zip64: { entries: 10_000_000, entriesOnDisk: 10_000_000 },
          end: { entries: 0xffff, entriesOnDisk: 0xffff },
        }),
      3,
      new RegExp(`10000000 entries in \\d+ bytes; the limits are ${MAX_ENTRIES}`),
      100,
    ],
    'a compressed gigabyte of zeros': [
      () => Buffer.concat(Array(100).fill(gzipSync(Buffer.alloc(10_000_000)))),
      3,
      /nothing but zero bytes/,
      120,
    ],
    '5,000 tensors over one storage': [
      () => torchZipBytes({ value: views(5000, [2, 2], [2, 1]), storages: { 0: floats(1, 2, 3, 4) } }),
      1,
      /does not match any known method/,
      200,
    ],
    'tensors of 10¹² elements that are one number': [
      () => torchZipBytes({ value: views(9, [1e6, 1e6], [0, 0]), storages: { 0: floats(1, 2, 3, 4) } }),
      1,
      /does not match any known method/,
      120,
    ],
    // As Python 2 wrote the numbers of a NumPy array.
    'a string of 60 MB that is not UTF-8': [
      () =>
        torchZipBytes({
          value: Buffer.concat([
            bytesOf(0x80, 2, 'T', u32(60_000_000)),
            repeated('\xff', 60_000_000),
            bytesOf('.'),
          ]),
        }),
      1,
      /contains 60000000 bytes, but no state dict/,
      350,
    ],
    '10,001 dictionaries of tensors': [
      () => packed(`}U\x01a${TENSOR}q\x03s`, numbered(10_001, '}U\x01wh\x03s')),
      4,
      /more than 10000 dictionaries of tensors/,
      250,
    ],
    '60,000 dictionaries': [
      () => packed(`}U\x01a${TENSOR}s`, numbered(60_000, '}')),
      4,
      /more than 50000 dictionaries and lists/,
      300,
    ],
    '60,000 names': [
      () => packed(`}U\x01a${TENSOR}q\x03s`, numbered(60_000, 'h\x03')),
      4,
      /has 60001 tensors, more than the limit of 50000 for recognising a method/,
      250,
    ],
    'names of 12 million characters': [
      () => packed(`}U\x01a${TENSOR}q\x03s`, numbered(15_000, 'h\x03', 'n'.repeat(800))),
      4,
      /its tensor names add up to 12105001 characters; the limit is 10000000/,
      250,
    ],
    '10,001 classes': [
      () =>
        packed('(', Buffer.from(Array.from({ length: 10_001 }, (_, key) => `cm\nC${key}\n`).join('')), 't'),
      4,
      /names more than 10000 classes and functions/,
      250,
    ],
    'a stream that counts 2⁶² elements': [
      () =>
        legacyBytes({
          value: dict({ w: tensor(storage('0', 'FloatStorage', 2n ** 62n), [1], [1]) }),
          keys: ['0'],
          storages: [[2n ** 62n, floats(1)]],
        }),
      3,
      /expected a count of elements, found 4611686018427387904/,
      100,
    ],
  }

test.each(Object.entries(CASES))('%s', { timeout: 60_000 }, async (name, [make, code, said, most]) => {
  const path = join(folder, `${name.replace(/\W+/g, '-')}.pth`)
  const out = join(folder, 'out.pth')
  writeFileSync(path, make())
  const cost = costOf('-q', path, out)
  expect(cost.err).toMatch(said)
  expect(cost.code).toBe(code)
  expect(cost.peak).toBeLessThan(most * MEGABYTE)
  expect(existsSync(out)).toBe(false)
  expect(readdirSync(folder).filter(file => file.includes('tmp'))).toEqual([])
})
