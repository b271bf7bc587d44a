/** References to storages are checked. */
import { describe, expect, test } from 'vitest'
import { FormatError } from '../../../../src/errors.ts'
import {
  collectStorages,
  itemSize,
  readReference,
  swapBytes,
} from '../../../../src/formats/torch/tensors/storage.ts'
import { Global, Persistent, type PickleValue } from '../../../../src/pickle/values.ts'
import { storage, tuple } from '../../../helpers/torch-bytes.ts'

const FLOAT = new Global('torch', 'FloatStorage')
const read = (...items: PickleValue[]) => readReference(new Persistent(tuple(...items)), 'x.pkl')

describe('names of storages and views, each of which must mean one part', () => {
  const at = (key: string, ...view: PickleValue[]) => storage(key, 'FloatStorage', 10, ...view)

  test.each<[string, readonly Persistent[]]>([
    ['two parts under one name', [at('0', tuple('v', 0, 2)), at('0', tuple('v', 2, 2))]],
    ['a part under the name of its storage', [at('0', tuple('0', 2, 2))]],
    ['a part under the name of another storage', [at('1'), at('0', tuple('1', 0, 10))]],
    ['a storage under the name of a part', [at('0', tuple('1', 0, 10)), at('1')]],
  ])('%s: refused', (_, references) => {
    expect(() => collectStorages(references, 'x.pkl')).toThrow(
      /is elements .* in one place and elements .* in another/,
    )
  })

  test('one part twice, and a whole storage under its own name', () => {
    const references = [
      at('0', tuple('v', 2, 2)),
      at('0', tuple('v', 2, 2)),
      at('0', tuple('0', 0, 10)),
      at('0'),
    ]
    expect([...collectStorages(references, 'x.pkl').keys()]).toEqual(['0'])
  })
})

test('bytes of uint8 and bytes without a type are one storage; bytes of any other type are not', () => {
  const untyped = storage('0', 'torch.storage.UntypedStorage', 8)
  const bytes = storage('0', 'ByteStorage', 8)
  for (const pair of [
    [untyped, bytes],
    [bytes, untyped],
  ])
    expect(collectStorages(pair, 'x.pkl').size).toBe(1)
  for (const other of [storage('0', 'CharStorage', 8), storage('0', 'ByteStorage', 9)])
    expect(() => collectStorages([untyped, other], 'x.pkl')).toThrow(/in one place and/)
})

describe('references', () => {
  test('in zip archives, and in legacy streams', () => {
    const expected = { key: '7', type: 'float32', count: 10, viewOffset: 0, viewCount: 10 }
    expect(read('storage', FLOAT, '7', 'cuda:0', 10)).toEqual(expected)
    expect(read('storage', FLOAT, '7', 'cpu', 10, null)).toEqual(expected)
  })

  test('to a window into a storage', () => {
    expect(read('storage', FLOAT, '7', 'cpu', 10, tuple('8', 2, 8))).toMatchObject({
      count: 10,
      viewOffset: 2,
      viewCount: 8,
    })
  })

  test('to the source code of a module are not storages', () => {
    expect(read('module', new Global('m', 'C'), 'file.py', 'import os')).toBeUndefined()
  })

  test.each<[string, PickleValue, RegExp]>([
    ['nothing', tuple(), /found a tuple of 0/],
    ['another tag', tuple('tensor', FLOAT, '7', 'cpu', 10), /expected \('storage'/],
    ['too few', tuple('storage', FLOAT, '7', 'cpu'), /found a tuple of 4/],
    ['too many', tuple('storage', FLOAT, '7', 'cpu', 10, null, null), /found a tuple of 7/],
    ['no location', tuple('storage', FLOAT, '7', null, 10), /expected \('storage'/],
    [
      'a class that is not a storage',
      tuple('storage', new Global('os', 'system'), '7', 'cpu', 10),
      /found os\.system/,
    ],
    ['a class as a string', tuple('storage', 'FloatStorage', '7', 'cpu', 10), /a storage class of PyTorch/],
    ['a key that is a number', tuple('storage', FLOAT, 7, 'cpu', 10), /a string as storage key, found 7/],
    ['a negative count', tuple('storage', FLOAT, '7', 'cpu', -1), /a count of elements, found -1/],
    ['half a count', tuple('storage', FLOAT, '7', 'cpu', 1.5), /a count of elements, found 1\.5/],
    ['a count of True', tuple('storage', FLOAT, '7', 'cpu', true), /a count of elements, found True/],
    ['a count of 2^62', tuple('storage', FLOAT, '7', 'cpu', 2n ** 62n), /a count of elements/],
    ['a count of 2^52', tuple('storage', FLOAT, '7', 'cpu', 2 ** 52), /a count that fits a file/],
    [
      'a view without a name',
      tuple('storage', FLOAT, '7', 'cpu', 10, tuple(8, 2, 3)),
      /a string as the key of a view, found 8/,
    ],
    ['half a view', tuple('storage', FLOAT, '7', 'cpu', 10, tuple('8', 2)), /expected a view/],
    ['a view that is a list', tuple('storage', FLOAT, '7', 'cpu', 10, ['8', 2, 3]), /expected a view/],
    ['a negative view', tuple('storage', FLOAT, '7', 'cpu', 10, tuple('8', -1, 3)), /the offset of a view/],
    [
      'a view beyond',
      tuple('storage', FLOAT, '7', 'cpu', 10, tuple('8', 8, 3)),
      /covers elements 8 to 11 of .* 10/,
    ],
  ])('%s is refused', (_, id, message) => {
    expect(() => readReference(new Persistent(id), 'x.pkl')).toThrow(FormatError)
    expect(() => readReference(new Persistent(id), 'x.pkl')).toThrow(message)
  })
})

describe('all references of a pickle', () => {
  test('that agree are one storage, whatever their views', () => {
    const storages = collectStorages(
      [
        storage('a', 'FloatStorage', 10, tuple('v', 0, 5)),
        storage('b', 'LongStorage', 1),
        storage('a', 'torch.cuda.FloatStorage', 10, tuple('w', 5, 5)),
        new Persistent(tuple('module', new Global('m', 'C'), '', '')),
      ],
      'x.pkl',
    )
    expect([...storages].map(([key, { type, count }]) => [key, type, count])).toEqual([
      ['a', 'float32', 10],
      ['b', 'int64', 1],
    ])
  })

  test.each([
    ['type', storage('a', 'IntStorage', 10)],
    ['count', storage('a', 'FloatStorage', 11)],
  ])('that disagree about a %s are refused', (_, other) => {
    expect(() => collectStorages([storage('a', 'FloatStorage', 10), other], 'x.pkl')).toThrow(
      /storage 'a' is 10 × float32 in one place and 1[01] × (int32|float32) in another/,
    )
  })
})

test.each([
  [1, [1, 2, 3, 4, 5, 6, 7, 8]],
  [2, [2, 1, 4, 3, 6, 5, 8, 7]],
  [4, [4, 3, 2, 1, 8, 7, 6, 5]],
  [8, [8, 7, 6, 5, 4, 3, 2, 1]],
])('swapping units of %i bytes', (unit, expected) => {
  const bytes = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)
  swapBytes(bytes, unit)
  expect([...bytes]).toEqual(expected)
})

test('untyped storages count bytes', () => {
  expect([itemSize('untyped'), itemSize('float32'), itemSize('complex128')]).toEqual([1, 4, 16])
})
