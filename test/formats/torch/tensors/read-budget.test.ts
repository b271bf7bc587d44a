/** The time to read all tensors of a file together is limited in proportion to its size. */
import { expect, test } from 'vitest'
import type { PickleValue } from '../../../../src/pickle/values.ts'
import type { StateDict } from '../../../../src/tensor/tensor.ts'
import { dict, openTorchZip, storage, tensor } from '../../../helpers/torch-bytes.ts'

const GIB = 2 ** 30
const S = (count: number): PickleValue => storage('0', 'FloatStorage', count)

async function unreadable(value: Readonly<Record<string, PickleValue>>, elements: number): Promise<string[]> {
  const { sections } = await openTorchZip({
    value: dict(value),
    storages: { 0: new Uint8Array(4 * elements) },
  })
  const state = sections.get('') as StateDict
  return [...state].filter(([, { unreadable }]) => unreadable?.includes('may have')).map(([name]) => name)
}

const several = (count: number, make: () => PickleValue): Record<string, PickleValue> =>
  Object.fromEntries(Array.from({ length: count }, (_, key) => [`w${key}`, make()]))

test('repeated single numbers: as many as have 16 GiB in total', async () => {
  const large = () => tensor(S(1), [GIB / 4], [0])
  expect(await unreadable({ ...several(18, large), last: tensor(S(1), [1], [1]) }, 1)).toEqual(['w16', 'w17'])
})

test('gaps between the elements count, because they are read', async () => {
  const count = 2 ** 20
  const apart = () => tensor(S(count), [2], [count - 1])
  const names = await unreadable(several(500, apart), count)
  // The limit is 64 times the file, and 512 MiB, in pieces of 4 MiB.
  expect(names.length).toBeLessThan(500 - 128 - 64)
  expect(names.length).toBeGreaterThan(500 - 128 - 64 * 1.5)
})

test('one tensor under many names counts under each', async () => {
  const shared = tensor(S(1), [GIB / 4], [0])
  expect(
    await unreadable(
      several(17, () => shared),
      1,
    ),
  ).toEqual(['w16'])
})
