/** Reads and announcements for a remote file: few places to open it, then what is requested, in order. */
import { expect, test } from 'vitest'
import { type ByteSource, memorySource } from '../../../src/bytes/source.ts'
import { openCheckpoint } from '../../../src/formats/index.ts'
import { announceAll, type StateDict } from '../../../src/tensor/tensor.ts'
import { countingSource } from '../../helpers/counting-source.ts'
import {
  asFloats,
  copyOut,
  dict,
  floats,
  legacyBytes,
  storage,
  tensor,
  torchZipBytes,
  vector,
} from '../../helpers/torch-bytes.ts'

const VALUE = dict({
  state_dict: dict({
    a: vector('9', 3),
    b: vector('10', 2),
    // A transposed view of a part of a storage.
    c: tensor(storage('11', 'FloatStorage', 8), [2, 2], [1, 2], 2),
    empty: tensor(storage('12', 'FloatStorage', 0), [0], [1]),
  }),
})
const STORAGES: Readonly<Record<string, Uint8Array>> = {
  '9': floats(1, 2, 3),
  '10': floats(8, 9),
  '11': floats(0, 0, 1, 2, 3, 4, 0, 0),
  '12': floats(),
}
// Sorted as strings, as in PyTorch.
const KEYS = ['10', '11', '12', '9']
const LEGACY = {
  value: VALUE,
  keys: KEYS,
  storages: KEYS.map(key => [STORAGES[key]!.length / 4, STORAGES[key]!] as const),
}

interface Far {
  readonly source: ByteSource
  readonly reads: readonly { readonly offset: number; readonly length: number }[]
  readonly announced: { readonly offset: number; readonly length: number }[]
}

function far(bytes: Uint8Array): Far {
  const counting = countingSource(memorySource(bytes, 'far.pth'))
  const announced: Far['announced'] = []
  const expect = (offset: number, length: number): void => void announced.push({ offset, length })
  return { source: { ...counting, expect }, reads: counting.reads, announced }
}

async function openFar({ source }: Far): Promise<StateDict> {
  return (await openCheckpoint(source)).sections.get('state_dict')!
}

const FILES = {
  'a zip archive': torchZipBytes({ value: VALUE, storages: STORAGES }),
  'a stream': legacyBytes(LEGACY),
}

test.each(Object.entries(FILES))('for %s, all reads of tensors are announced, in order', async (_, bytes) => {
  const file = far(bytes)
  const state = await openFar(file)
  expect(file.announced).toEqual([])
  announceAll(state)
  // The empty one is not read.
  expect(file.announced).toHaveLength(3)
  const opening = file.reads.length
  const values = []
  for (const one of state.values()) values.push(asFloats((await copyOut(one)).bytes))
  expect(values).toEqual([[1, 2, 3], [8, 9], [1, 3, 2, 4], []])
  let latest = 0
  for (const { offset, length } of file.reads.slice(opening)) {
    const found = file.announced.findIndex(
      one => one.offset <= offset && offset + length <= one.offset + one.length,
    )
    // When only a part of a storage is used, its count is read separately, from before the part.
    if (found < 0) expect(length).toBe(8)
    else latest = Math.max(latest, found)
  }
  expect(latest).toBeGreaterThanOrEqual(2)
})

test('a tensor that was not announced announces itself', async () => {
  for (const bytes of Object.values(FILES)) {
    const file = far(bytes)
    const state = await openFar(file)
    await copyOut(state.get('a')!)
    expect(file.announced).toHaveLength(1)
  }
})

test('opening a stream does not read the counts of storages, which are all over the file', async () => {
  const [near, away] = [countingSource(memorySource(FILES['a stream'], 'near.pth')), far(FILES['a stream'])]
  await openCheckpoint(near)
  await openFar(away)
  expect(near.reads.filter(({ length }) => length === 8)).toHaveLength(4)
  expect(away.reads.filter(({ length }) => length === 8)).toHaveLength(0)
})

test('a wrong count is detected when its storage is read', async () => {
  const storages = LEGACY.storages.map(([count, bytes], index) => [index === 3 ? 4 : count, bytes] as const)
  const state = await openFar(far(legacyBytes({ ...LEGACY, storages })))
  await copyOut(state.get('b')!)
  await expect(copyOut(state.get('a')!)).rejects.toThrow(
    "expected the count of storage '9', 3 elements, found 4",
  )
})
