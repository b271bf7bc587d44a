/** Opening legacy streams: every part is checked, and every storage is where the file says. */
import { describe, expect, test } from 'vitest'
import { memorySource } from '../../../src/bytes/source.ts'
import { FormatError } from '../../../src/errors.ts'
import { openCheckpoint } from '../../../src/formats/index.ts'
import { Global, Persistent } from '../../../src/pickle/values.ts'
import { countingSource } from '../../helpers/counting-source.ts'
import { bytesOf, u64 } from '../../helpers/pickle-bytes.ts'
import {
  asFloats,
  call,
  copyOut,
  dict,
  floats,
  type Legacy,
  legacyBytes,
  MAGIC,
  openLegacy,
  storage,
  tensor,
  tuple,
  vector,
} from '../../helpers/torch-bytes.ts'

const GOOD: Legacy = {
  value: dict({ state_dict: dict({ a: vector('94', 3), b: vector('100', 2) }), epoch: 7 }),
  // Sorted as strings, as in PyTorch: '100' comes before '94'.
  keys: ['100', '94'],
  storages: [
    [2, floats(8, 9)],
    [3, floats(1, 2, 3)],
  ],
}

async function values(legacy: Legacy, section = 'state_dict'): Promise<Record<string, number[]>> {
  const { sections } = await openLegacy(legacy)
  const all: Record<string, number[]> = {}
  for (const [name, one] of sections.get(section)!) all[name] = asFloats((await copyOut(one)).bytes)
  return all
}

describe('valid streams open', () => {
  test.each<[string, Partial<Legacy>]>([
    ['as torch.save wrote it', {}],
    ['with another description of the machine: PyTorch ignores it', { machine: null }],
    ['with a big-endian one: PyTorch ignores that too', { machine: dict({ little_endian: false }) }],
    ['in pickle protocol 0', { magic: bytesOf('L119547037146038801333356L\n.') }],
    ['in pickle protocol 4, with a frame', { magic: bytesOf('\x80\x04\x95', u64(12), MAGIC.subarray(2)) }],
    ['in pickle protocol 3', { magic: bytesOf('\x80\x03', MAGIC.subarray(2)) }],
    [
      'with the source code of modules',
      {
        value: dict({
          state_dict: dict({ a: vector('94', 3), b: vector('100', 2) }),
          net: new Persistent(tuple('module', new Global('m', 'Net'), 'net.py', 'class Net: pass')),
        }),
      },
    ],
  ])('%s', async (_, change) => {
    expect(await values({ ...GOOD, ...change })).toEqual({ a: [1, 2, 3], b: [8, 9] })
  })

  test('in the order of the list, not of the keys', async () => {
    const changed = { ...GOOD, keys: ['94', '100'], storages: [...GOOD.storages!].reverse() }
    expect(await values(changed)).toEqual({ a: [1, 2, 3], b: [8, 9] })
  })

  test('without storages', async () => {
    expect((await openLegacy({ value: dict({ epoch: 1 }) })).sections.size).toBe(0)
  })

  test('views: windows of one storage, each with its own tensors', async () => {
    const view = (offset: number, count: number) =>
      storage('0', 'FloatStorage', 6, tuple(`v${offset}`, offset, count))
    const legacy: Legacy = {
      value: dict({
        all: tensor(storage('0', 'FloatStorage', 6, null), [6], [1]),
        v: tensor(view(2, 3), [2], [1], 1),
      }),
      keys: ['0'],
      storages: [[6, floats(0, 1, 2, 3, 4, 5)]],
    }
    expect(await values(legacy, '')).toEqual({ all: [0, 1, 2, 3, 4, 5], v: [3, 4] })
  })

  test('its description', async () => {
    const checkpoint = await openLegacy(GOOD)
    expect(checkpoint).toMatchObject({
      format: 'PyTorch legacy stream',
      era: 'PyTorch 0.1.10 to 1.5, or a later one on request',
      source: 'test.pth',
      notes: [],
    })
    expect(Object.fromEntries(checkpoint.facts)).toEqual({ epoch: 7 })
  })

  test('bytes after the last storage give a note', async () => {
    const { notes } = await openLegacy({ ...GOOD, after: new Uint8Array(5) })
    expect(notes).toEqual(['5 bytes after the last storage are ignored, as PyTorch does'])
  })

  test('opening reads no tensor bytes', async () => {
    const bytes = legacyBytes({
      value: dict({ a: vector('0', 1_000_000) }),
      keys: ['0'],
      storages: [[1_000_000, new Uint8Array(4_000_000)]],
    })
    const source = countingSource(memorySource(bytes, 'x'))
    await openCheckpoint(source)
    // Five pickles, and each is read in a separate window.
    expect(source.total()).toBeLessThan(6 * 64 * 1024)
  })
})

const REFUSED: readonly (readonly [string, Partial<Legacy>, RegExp])[] = [
  ['another protocol version', { protocol: 1000 }, /expected protocol version 1001, found 1000/],
  [
    'a protocol version that is a string',
    { protocol: '1001' },
    /expected protocol version 1001, found '1001'/,
  ],
  [
    'a protocol version that is computed',
    { protocol: call('builtins.eval', '1001') },
    /expected the protocol version as a plain value, found builtins\.eval/,
  ],
  [
    'a description of the machine that runs code',
    { machine: call('os.system', 'ls') },
    /expected the description of the machine as a plain value, found os\.system/,
  ],
  [
    'a list of keys that runs code',
    { keys: call('builtins.list') },
    /expected the list of storage keys as a plain value, found builtins\.list/,
  ],
  ['a list of keys with references', { keys: [storage('0', 'FloatStorage', 1)] }, /as a plain value/],
  ['keys that are not a list', { keys: dict({}) }, /expected a list of storage keys, found a dict of 0/],
  [
    'keys that are a tuple',
    { keys: tuple('100', '94') },
    /expected a list of storage keys, found a tuple of 2/,
  ],
  ['keys that are numbers', { keys: [100, 94] }, /expected a list of storage keys, found a list of 2/],
  [
    'a storage that is not in the list',
    { keys: ['100'] },
    /storage '94', which tensors refer to, is not in the list/,
  ],
  ['a key that no tensor refers to', { keys: ['100', '94', '7'] }, /names '7', which no tensor refers to/],
  ['a key twice', { keys: ['100', '94', '100'] }, /has a duplicate/],
  [
    'keys in another order than the storages',
    { keys: ['94', '100'] },
    /expected the count of storage '94', 3 elements, found 2/,
  ],
  [
    'a wrong count',
    {
      storages: [
        [2, floats(8, 9)],
        [4, floats(1, 2, 3)],
      ],
    },
    /'94', 3 elements, found 4/,
  ],
  [
    'a negative count',
    {
      storages: [
        [-2, floats(8, 9)],
        [3, floats(1, 2, 3)],
      ],
    },
    /'100', 2 elements, found -2/,
  ],
  [
    'a count of 2^32 more',
    {
      storages: [
        [2n ** 32n + 2n, floats(8, 9)],
        [3, floats(1, 2, 3)],
      ],
    },
    /'100', 2 elements, found 4294967298/,
  ],
  [
    'a truncated storage',
    {
      storages: [
        [2, floats(8, 9)],
        [3, floats(1, 2)],
      ],
    },
    /the file is cut short: its 2 storages end at/,
  ],
  ['no storages at all', { storages: [] }, /the file is cut short/],
  [
    'one storage of two types',
    { value: dict({ a: vector('94', 3), b: tensor(storage('94', 'IntStorage', 3), [1], [1]) }) },
    /storage '94' is 3 × float32 in one place and 3 × int32 in another/,
  ],
  [
    'a view beyond its storage',
    { value: dict({ a: tensor(storage('94', 'FloatStorage', 3, tuple('v', 2, 2)), [1], [1]) }) },
    /covers elements 2 to 4 of a storage that has 3/,
  ],
]

describe('what is refused', () => {
  test.each(REFUSED)('%s', async (_, change, message) => {
    const opening = openLegacy({ ...GOOD, ...change })
    await expect(opening).rejects.toThrow(FormatError)
    await expect(opening).rejects.toThrow(message)
  })

  test('a magic number that is computed by a call', async () => {
    // Looks like the magic number to a scanner that searches for its bytes.
    const magic = bytesOf('\x80\x02', MAGIC.subarray(2, -1), '0cbuiltins\neval\nX\x01\x00\x00\x001\x85R.')
    await expect(openLegacy({ ...GOOD, magic })).rejects.toThrow(
      /expected the magic number as a plain value, found builtins\.eval/,
    )
  })

  test('a different number instead of the magic one', async () => {
    const magic = bytesOf('\x80\x02', MAGIC.subarray(2, -1), '0K\x07.')
    await expect(openLegacy({ ...GOOD, magic })).rejects.toThrow(/expected the magic number, found 7/)
  })

  test('a file truncated anywhere', async () => {
    const bytes = legacyBytes(GOOD)
    for (let length = MAGIC.length; length < bytes.length; length++)
      await expect(
        openCheckpoint(memorySource(bytes.subarray(0, length), 'x')),
        `cut at ${length}`,
      ).rejects.toThrow(FormatError)
  })

  test('reports how many bytes are missing', async () => {
    const bytes = legacyBytes(GOOD)
    const opening = openCheckpoint(memorySource(bytes.subarray(0, -10), 'x'))
    await expect(opening).rejects.toMatchObject({
      advice: '10 bytes are missing: download or copy it again.',
    })
  })
})
