/** Opening zip checkpoints: what PyTorch reads opens, and what two readers might see differently does not. */
import { describe, expect, test } from 'vitest'
import { memorySource } from '../../../src/bytes/source.ts'
import { FormatError, UnsupportedError } from '../../../src/errors.ts'
import { openCheckpoint } from '../../../src/formats/index.ts'
import { countingSource } from '../../helpers/counting-source.ts'
import {
  asFloats,
  call,
  copyOut,
  dict,
  floats,
  openTorchZip,
  storage,
  type TorchZip,
  tensor,
  torchZipBytes,
  vector,
} from '../../helpers/torch-bytes.ts'
import { deflated, type ZipPart } from '../../helpers/zip-bytes.ts'

const GOOD: TorchZip = {
  value: dict({ state_dict: dict({ w: vector('0', 3) }), epoch: 7 }),
  storages: { 0: floats(1, 2, 3) },
}

async function values(zip: TorchZip, name = 'w'): Promise<number[]> {
  const checkpoint = await openTorchZip(zip)
  return asFloats((await copyOut(checkpoint.sections.get('state_dict')!.get(name)!)).bytes)
}

/** Changes the one entry whose name ends in `end`. */
const only =
  (end: string, change: (part: ZipPart) => ZipPart) =>
  (part: ZipPart): ZipPart =>
    String(part.name).endsWith(end) ? change(part) : part
describe('valid archives open', () => {
  test.each<[string, Partial<TorchZip>]>([
    [
      'from torch.save',
      { records: { byteorder: 'little', '.format_version': '1', '.data/serialization_id': '0' } },
    ],
    ['without a byte order, as before 2.1', {}],
    ['with a top folder of any name', { top: 'some folder/' }],
    ['with a top folder ".."', { top: '../' }],
    ['with an empty top folder', { top: '/' }],
    ['with the version elsewhere', { records: { version: undefined, '.data/version': '3\n' } }],
    ['of version 1', { records: { version: '1' } }],
    ['of version 10', { records: { version: '10\n' } }],
    ['deflated', { entry: deflated }],
    ['with zip64 end records', { shape: { zip64: {} } }],
    ['with storages that no tensor uses', { storages: { 0: floats(1, 2, 3), 1: floats(9) } }],
  ])('%s', async (_, change) => {
    expect(await values({ ...GOOD, ...change })).toEqual([1, 2, 3])
  })

  test.each(['94115347211600', '../0', 'ä', 'a/b'])('a storage key %j', async key => {
    const value = dict({ state_dict: dict({ w: vector(key, 3) }) })
    expect(await values({ value, storages: { [key]: floats(1, 2, 3) } })).toEqual([1, 2, 3])
  })

  test('big-endian', async () => {
    const swapped = floats(1, 2, 3)
    for (let start = 0; start < 12; start += 4) swapped.subarray(start, start + 4).reverse()
    expect(await values({ ...GOOD, storages: { 0: swapped }, records: { byteorder: 'big' } })).toEqual([
      1, 2, 3,
    ])
  })

  test('an empty tensor in an empty record', async () => {
    const value = dict({ state_dict: dict({ w: vector('0', 0) }) })
    expect(await values({ value, storages: { 0: new Uint8Array(0) } })).toEqual([])
  })

  test('two tensors that share a storage', async () => {
    const shared = storage('0', 'FloatStorage', 4)
    const value = dict({
      state_dict: dict({ a: tensor(shared, [2, 2], [1, 2]), b: tensor(shared, [2], [1], 2) }),
    })
    const zip = { value, storages: { 0: floats(1, 2, 3, 4) } }
    expect(await values(zip, 'a')).toEqual([1, 3, 2, 4])
    expect(await values(zip, 'b')).toEqual([3, 4])
  })

  test('its description', async () => {
    const checkpoint = await openTorchZip(GOOD)
    expect(checkpoint).toMatchObject({
      format: 'PyTorch zip archive',
      source: 'test.pth',
      notes: [],
      foreign: [],
    })
    expect(checkpoint.size).toBe(torchZipBytes(GOOD).length)
    expect(Object.fromEntries(checkpoint.facts)).toEqual({ epoch: 7 })
  })

  test.each([
    [{ '.format_version': '1', byteorder: 'little' }, 'PyTorch 2.7 or later'],
    [{ byteorder: 'little' }, 'PyTorch 2.1 or later'],
    [{}, 'PyTorch 1.6 to 2.0'],
  ])('its records %j mean that it was written by %s', async (records, era) => {
    expect((await openTorchZip({ ...GOOD, records })).era).toBe(era)
  })

  test('opening reads no tensor bytes', async () => {
    const value = dict({ state_dict: dict({ w: vector('0', 250_000) }) })
    const bytes = torchZipBytes({ value, storages: { 0: new Uint8Array(1_000_000) } })
    const source = countingSource(memorySource(bytes, 'x'))
    await openCheckpoint(source)
    expect(source.total()).toBeLessThan(10_000)
  })

  test('bytes after the pickle give a note', async () => {
    const bytes = torchZipBytes({
      ...GOOD,
      entry: only('data.pkl', part => ({
        ...part,
        data: new Uint8Array(Buffer.concat([part.data!, Buffer.from('xyz')])),
      })),
    })
    const { notes } = await openCheckpoint(memorySource(bytes, 'test.pth'))
    expect(notes).toEqual(['3 bytes after the pickle in test.pth!archive/data.pkl are ignored'])
  })
})

const numbered = (text: string | undefined) => ({ records: { version: text } })

const REFUSED: readonly (readonly [string, Partial<TorchZip>, RegExp])[] = [
  [
    'no version',
    numbered(undefined),
    /test\.pth!version: expected a version from 1 to 10, found no such record/,
  ],
  ['version 0', numbered('0'), /expected a version from 1 to 10, found "0"/],
  ['version 11', numbered('11'), /found "11"/],
  ['an empty version', numbered(''), /found ""/],
  ['a version that is not a number', numbered('three'), /found "three"/],
  ['a negative version', numbered('-1'), /found "-1"/],
  ['an endless version', numbered('3'.repeat(101)), /expected at most 100 bytes, found 101/],
  [
    'a byte order with a line feed',
    { records: { byteorder: 'little\n' } },
    /expected 'little' or 'big', found "little\\n"/,
  ],
  ['another byte order', { records: { byteorder: 'middle' } }, /expected 'little' or 'big'/],
  [
    'a byte order in an upper-case record, which PyTorch finds',
    { records: { BYTEORDER: 'big' } },
    /one record "archive\/byteorder", found "archive\/BYTEORDER"/,
  ],
  ['a missing storage', { storages: {} }, /expected the storage '0' in the record "data\/0"/],
  ['a short storage', { storages: { 0: floats(1, 2) } }, /expected 12 bytes \(3 × float32\), found 8/],
  ['a long storage', { storages: { 0: floats(1, 2, 3, 4) } }, /expected 12 bytes .* found 16/],
  [
    'a record outside of the folder',
    { entry: only('version', part => ({ ...part, name: 'version' })) },
    /found the entry "version"/,
  ],
  [
    'two top folders',
    { entry: only('version', part => ({ ...part, name: 'other/version' })) },
    /found the entry "other\/version"/,
  ],
  [
    'no pickle',
    { entry: only('data.pkl', part => ({ ...part, name: 'archive/x.pkl' })) },
    /found a zip archive of 3 files, none of which is a checkpoint/,
  ],
  ['a truncated pickle', { value: Uint8Array.of(0x80, 2, 0x7d) }, /test\.pth!archive\/data\.pkl: byte 3/],
  [
    'a pickle whose checksum differs',
    { entry: only('data.pkl', part => ({ ...part, central: { crc: 1 } })) },
    /expected CRC-32/,
  ],
  [
    'two counts of one storage',
    { value: dict({ a: vector('0', 3), b: tensor(storage('0', 'FloatStorage', 4), [1], [1]) }) },
    /storage '0' is 3 × float32 in one place and 4 × float32 in another/,
  ],
  [
    'a reference to something other than a storage',
    { value: dict({ a: storage('0', 'os.system', 3) }) },
    /a storage class of PyTorch/,
  ],
]

describe('what is refused', () => {
  test.each(REFUSED)('%s', async (_, change, message) => {
    const opening = openTorchZip({ ...GOOD, ...change })
    await expect(opening).rejects.toThrow(FormatError)
    await expect(opening).rejects.toThrow(message)
  })

  test('an archive without entries', async () => {
    const empty = new Uint8Array(26)
    empty.set([0x50, 0x4b, 3, 4, 0x50, 0x4b, 5, 6])
    empty[4 + 16] = 4
    await expect(openCheckpoint(memorySource(empty, 'x'))).rejects.toThrow(/the archive has no entries/)
  })

  test('TorchScript without tensors, with what to do', async () => {
    const opening = openTorchZip({ value: dict({}), records: { 'constants.pkl': '' } })
    await expect(opening).rejects.toThrow(UnsupportedError)
    await expect(opening).rejects.toMatchObject({ advice: expect.stringContaining('torch.jit.freeze') })
  })
})

describe('checksums of storages', () => {
  const damaged = (zip: TorchZip): TorchZip => ({
    ...zip,
    entry: only('data/0', part => ({ ...part, central: { crc: 0xdead } })),
  })

  test('are compared when a whole storage is copied', async () => {
    await expect(values(damaged(GOOD))).rejects.toThrow(
      /test\.pth!archive\/data\/0: expected CRC-32 0x0000dead/,
    )
  })

  test.each([
    ['a part', tensor(storage('0', 'FloatStorage', 3), [2], [1])],
    ['a transposed one', tensor(storage('0', 'FloatStorage', 3), [1, 3], [3, 1])],
  ])('are compared before %s is handed over', async (_, one) => {
    const checkpoint = await openTorchZip(damaged({ ...GOOD, value: dict({ w: one }) }))
    await expect(copyOut(checkpoint.sections.get('')!.get('w')!)).rejects.toThrow(/expected CRC-32/)
  })

  test('of zero count as not computed', async () => {
    expect(
      await values({ ...GOOD, entry: only('data/0', part => ({ ...part, central: { crc: 0 } })) }),
    ).toEqual([1, 2, 3])
  })

  test('are computed only once for all parts of a storage', async () => {
    const shared = storage('0', 'FloatStorage', 25_000)
    const parts = Object.fromEntries(
      [0, 1, 2, 3].map(index => [`w${index}`, tensor(shared, [10], [1], index)]),
    )
    const bytes = torchZipBytes({ value: dict(parts), storages: { 0: new Uint8Array(100_000) } })
    const source = countingSource(memorySource(bytes, 'x'))
    const { sections } = await openCheckpoint(source)
    source.reads.length = 0
    for (const one of sections.get('')!.values()) await copyOut(one)
    expect(source.total()).toBeGreaterThanOrEqual(100_000)
    expect(source.total()).toBeLessThan(102_000)
  })
})

test('calls in a pickle are reported, and the tensors beside them are read', async () => {
  const value = dict({ state_dict: dict({ w: vector('0', 3) }), evil: call('os.system', 'touch /tmp/owned') })
  const checkpoint = await openTorchZip({ ...GOOD, value })
  expect(checkpoint.foreign).toEqual([{ name: 'os.system', calls: 1, severity: 'dangerous' }])
  expect(await values({ ...GOOD, value })).toEqual([1, 2, 3])
})
