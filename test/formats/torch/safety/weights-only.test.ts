/** Files that PyTorch 2.6 and later refuse by default; test/interop/weights-only.test.ts asks PyTorch. */
import { expect, test } from 'vitest'
import { Global, type PickleValue, Tuple } from '../../../../src/pickle/values.ts'
import { bytesOf, globalName, text } from '../../../helpers/pickle-bytes.ts'
import { call, dict, openLegacy, openTorchZip, vector } from '../../../helpers/torch-bytes.ts'

const W = { value: dict({ w: vector('0', 1) }), storages: { 0: new Uint8Array(4) } }

test.each<[string, PickleValue, string | undefined]>([
  ['tensors', W.value, undefined],
  ['a set, as in Python 2', call('__builtin__.set', []), undefined],
  ['a dtype', new Global('torch', 'float8_e4m3fn'), undefined],
  ['arguments', call('argparse.Namespace'), 'it names argparse.Namespace'],
  [
    'a NumPy number',
    call('numpy.core.multiarray.scalar', call('numpy.dtype', 'f8'), call('_codecs.encode', 'x', 'latin1')),
    'it names numpy.core.multiarray.scalar, numpy.dtype',
  ],
  [
    'many',
    new Tuple(['a', 'b', 'c', 'd', 'e'].map(name => new Global('train', name))),
    'it names train.a, train.b, train.c and 2 more',
  ],
])('%s', async (_, value, expected) => {
  const storages = value === W.value ? W.storages : {}
  expect((await openTorchZip({ value, storages })).refusedByDefault).toBe(expected)
})

test('other protocols, and items appended to what is not a list', async () => {
  const of = async (value: Uint8Array) => (await openTorchZip({ value })).refusedByDefault
  expect(await of(bytesOf(0x80, 4, '}\x94.'))).toBe(
    'it was written with pickle protocol 4 and uses opcodes that are not allowed: MEMOIZE',
  )
  expect(await of(bytesOf(0x80, 4, '}.'))).toBeUndefined()
  expect(await of(bytesOf(globalName('collections', 'OrderedDict'), ')R', text('a'), 'a.'))).toBe(
    'it sets items of objects that are not dicts',
  )
  expect((await openLegacy({ value: dict({}) })).refusedByDefault).toBeUndefined()
  expect(
    (await openLegacy({ value: dict({}), protocol: bytesOf('(lp0\n0M\xe9\x03.') })).refusedByDefault,
  ).toMatch(/protocol 2 and uses opcodes that are not allowed: LIST, POP, PUT/)
})

test('strings as references, as in protocol 0, are not reported as damage', async () => {
  const value = bytesOf("cnot\nmatter\nP('storage', 1)\n.")
  await expect(openTorchZip({ value })).rejects.toThrow(
    /the references to storages are text, as pickle protocol 0/,
  )
})
