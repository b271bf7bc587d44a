/** The tar archives from before PyTorch 0.1.10: parts that do not fit together are refused. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { memorySource } from '../../../src/bytes/source.ts'
import { ToolError } from '../../../src/errors.ts'
import { openCheckpoint } from '../../../src/formats/index.ts'
import { encodePickle } from '../../../src/pickle/encode.ts'
import { Global, Persistent } from '../../../src/pickle/values.ts'
import { u64 } from '../../helpers/pickle-bytes.ts'
import { asFloats, copyOut, dict, floats, tuple } from '../../helpers/torch-bytes.ts'

const GOOD = readFileSync('fixtures/formats/ancient-view.pth.tar')
const open = (bytes: Uint8Array) => openCheckpoint(memorySource(bytes, 'x'))

/** The archive with changed bytes in one of its parts; tar has no checksum for them. */
function changed(find: string | readonly number[], replace: readonly number[], from = 0): Uint8Array {
  const bytes = new Uint8Array(GOOD)
  const at = GOOD.indexOf(typeof find === 'string' ? find : Buffer.from(find), from)
  expect(at).toBeGreaterThan(0)
  bytes.set(replace, at)
  return bytes
}

const letters = (text: string): number[] => [...Buffer.from(text)]
const tensors = GOOD.indexOf('tensors')
const storages = GOOD.indexOf('storages', tensors)

test.each<[string, Uint8Array, RegExp]>([
  [
    'a missing tensor',
    changed('1001', letters('1999')),
    /expected a tensor of the archive's 9, found '1999'/,
  ],
  [
    "a different type from the storage's",
    changed('FloatTensor', letters('ShortTensor'), tensors),
    /expected a storage of int16/,
  ],
  [
    'a class that is not a tensor',
    changed('FloatTensor', letters('FloatSensor'), tensors),
    /expected a tensor class/,
  ],
  [
    'a class that is not a storage',
    changed('FloatStorage', letters('FloatStorm!!'), storages),
    /expected a storage class/,
  ],
  // The window, (7, root, 1, 3).
  [
    'a view beyond its storage',
    changed([0x4b, 1, 0x4b, 3], [0x4b, 99, 0x4b, 3], storages),
    /a view inside of a storage/,
  ],
  ['65 axes', changed([4, 0, 0, 0, 0xde, 0xad], [65], tensors), /expected a number of axes, found 65/],
])('%s', async (_, bytes, message) => {
  const opening = open(bytes)
  await expect(opening).rejects.toThrow(ToolError)
  await expect(opening).rejects.toThrow(message)
})

/** A tar archive with only the fields that a reader uses. */
function tarBytes(parts: Readonly<Record<string, readonly Uint8Array[]>>): Uint8Array {
  const blocks = Object.entries(parts).flatMap(([name, chunks]) => {
    const data = Buffer.concat(chunks)
    const head = Buffer.alloc(512)
    head.write(name)
    head.write(data.length.toString(8).padStart(11, '0'), 124)
    head.write('        0', 148)
    head.write('ustar', 257)
    head.write(
      head
        .reduce((sum, byte) => sum + byte)
        .toString(8)
        .padStart(6, '0'),
      148,
    )
    return [head, data, Buffer.alloc(-data.length & 511)]
  })
  return new Uint8Array(Buffer.concat([...blocks, Buffer.alloc(1024)]))
}

test('the offsets of a view of a view add up', async () => {
  const float = (kind: string) => new Global('torch', `Float${kind}`)
  const { sections } = await open(
    tarBytes({
      pickle: [encodePickle(dict({ w: new Persistent('10') }))],
      tensors: [encodePickle(1), encodePickle(tuple(10, 3, float('Tensor'))), ...[1, 2, 1, 0].map(u64)],
      storages: [
        encodePickle(1),
        encodePickle(tuple(1, 'cpu', float('Storage'))),
        u64(6),
        floats(0, 1, 2, 3, 4, 5),
        encodePickle([tuple(2, 1, 2, 4), tuple(3, 2, 1, 2)]),
      ],
    }),
  )
  expect(asFloats((await copyOut(sections.get('')!.get('w')!)).bytes)).toEqual([3, 4])
})

test('every byte of the descriptions changed: a result or a typed error, never anything else', async () => {
  for (let at = 0; at < GOOD.length; at += 3) {
    const bytes = new Uint8Array(GOOD)
    bytes[at]! ^= 0x41
    try {
      const { sections } = await open(bytes)
      for (const state of sections.values()) for (const tensor of state.values()) await copyOut(tensor)
    } catch (error) {
      expect(error, `byte ${at}`).toBeInstanceOf(ToolError)
    }
  }
})

/** The archive with changed bytes in its first header, and a valid checksum. */
function headed(offset: number, bytes: string | readonly number[]): Uint8Array {
  const changed = new Uint8Array(GOOD)
  changed.set(typeof bytes === 'string' ? letters(bytes) : bytes, offset)
  changed.fill(0x20, 148, 156)
  const sum = changed.subarray(0, 512).reduce((total, byte) => total + byte, 0)
  changed.set(letters(`${sum.toString(8).padStart(6, '0')}\0 `), 148)
  return changed
}

const NEGATIVE = Array<number>(8).fill(0xff)

// PyTorch uses Python's `tarfile`, which reads all of these fields and applies them on disk.
test.each<[string, Uint8Array]>([
  ['a mode', headed(100, '0o00644')],
  ['an owner', headed(108, '+000000')],
  ['a group', headed(116, '1_00000')],
  ['a time', headed(136, '9')],
  ['a device', headed(329, 'x')],
  ['a part of a device', headed(337, '8')],
  ['an owner below zero', headed(108, NEGATIVE)],
  ['a group that no system has', headed(116, [0x80, 0, 0, 1, 0, 0, 0, 0])],
  ['a mode with too many bits', headed(100, [0x80, 0, 0, 1, 0, 0, 0, 0])],
  ['a time out of range', headed(136, [0x80, ...Array<number>(11).fill(0xff)])],
])('%s in a header that Python cannot process', async (_, bytes) => {
  await expect(open(bytes)).rejects.toThrow('the mode, the owner or the time of an entry')
})

test.each<[string, Uint8Array]>([
  ['spaces around a mode', headed(100, ' 644  \0 ')],
  ['an owner without digits', headed(108, '\0\0\0\0\0\0\0\0')],
  ['a large group in bytes', headed(116, [0x80, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff])],
])('%s', async (_, bytes) => {
  expect((await open(bytes)).sections.size).toBeGreaterThan(0)
})
