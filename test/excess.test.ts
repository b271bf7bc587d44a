/** Guards that files made to be too much end in a typed error before they take the memory of a machine. */
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { MAX_PICKLE_MEMORY } from '../src/pickle/limits.ts'
import { MAX_ENTRIES } from '../src/zip/layout.ts'
import { costOf } from './helpers/peak-memory.ts'
import { bytesOf, u32, u64 } from './helpers/pickle-bytes.ts'
import { temporaryFolder } from './helpers/temporary.ts'
import { dict, floats, legacyBytes, storage, tensor, torchZipBytes } from './helpers/torch-bytes.ts'
import { zipBytes } from './helpers/zip-bytes.ts'

const folder = temporaryFolder()
const MEGABYTE = 1024 * 1024

const repeated = (text: string, length: number): Buffer => Buffer.alloc(length, text, 'latin1')
const header = (json: Uint8Array): Uint8Array => Buffer.concat([u64(json.length), json])

/** All of them views of one storage, by thousands; or of one number, by billions. */
const views = (count: number, shape: readonly number[], strides: readonly number[]) =>
  dict(
    Object.fromEntries(
      Array.from({ length: count }, (_, key) => [
        `w${key}`,
        tensor(storage('0', 'FloatStorage', 4), shape, strides),
      ]),
    ),
  )

const CASES: Readonly<Record<string, readonly [() => Uint8Array, code: number, said: RegExp, most: number]>> =
  {
    '10 million dicts': [
      () => torchZipBytes({ value: repeated('}', 10_000_000) }),
      4,
      new RegExp(`more than ${MAX_PICKLE_MEMORY} bytes of memory`),
      700,
    ],
    'a header of 90 million brackets': [
      () => header(Buffer.concat([Buffer.from('{"a":'), repeated('[', 90_000_000)])),
      3,
      /nests values more than 128 deep/,
      300,
    ],
    'a header of 45 million lists': [
      () => header(Buffer.concat([Buffer.from('{"a":['), repeated('[],', 90_000_000)])),
      3,
      /more than 3000000 values/,
      300,
    ],
    'an archive of 10 million entries, by its own word': [
      () =>
        zipBytes([{ name: 'archive/version' }], { zip64: { entries: 10_000_000 }, end: { entries: 0xffff } }),
      3,
      new RegExp(`10000000 entries in \\d+ bytes; the limits are ${MAX_ENTRIES}`),
      100,
    ],
    'a compressed gigabyte of nothing': [
      () => Buffer.concat(Array(100).fill(gzipSync(Buffer.alloc(10_000_000)))),
      3,
      /nothing but zero bytes/,
      120,
    ],
    '5,000 tensors over one storage': [
      () => torchZipBytes({ value: views(5000, [2, 2], [2, 1]), storages: { 0: floats(1, 2, 3, 4) } }),
      1,
      /fits no known method/,
      200,
    ],
    'tensors of 10¹² elements that are one number': [
      () => torchZipBytes({ value: views(9, [1e6, 1e6], [0, 0]), storages: { 0: floats(1, 2, 3, 4) } }),
      1,
      /fits no known method/,
      120,
    ],
    // As Python 2 wrote the numbers of a NumPy array.
    'a string of 60 MB that is no UTF-8': [
      () =>
        torchZipBytes({
          value: Buffer.concat([
            bytesOf(0x80, 2, 'T', u32(60_000_000)),
            repeated('\xff', 60_000_000),
            bytesOf('.'),
          ]),
        }),
      1,
      /holds 60000000 bytes, and no dictionary of tensors/,
      350,
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
