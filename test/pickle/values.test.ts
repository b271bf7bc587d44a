/** Values in messages: named as in Python, and kept short. */
import { expect, test } from 'vitest'
import { Call, describeValue, Global, Persistent, type PickleValue, Tuple } from '../../src/pickle/values.ts'

const DESCRIPTIONS: readonly (readonly [PickleValue | undefined, string])[] = [
  [undefined, 'nothing'],
  [null, 'None'],
  [true, 'True'],
  [false, 'False'],
  [1.5, '1.5'],
  [2n ** 70n, '1180591620717411303424'],
  ['cpu', "'cpu'"],
  ['x'.repeat(41), 'a string of 41'],
  [new Uint8Array(3), '3 bytes'],
  [[1, 2], 'a list of 2'],
  [new Tuple([1]), 'a tuple of 1'],
  [new Map([[1, 2]]), 'a dict of 1'],
  [new Set([1]), 'a set of 1'],
  [new Global('os', 'system'), 'os.system'],
  [new Call(new Global('os', 'system'), new Tuple([])), 'an object made by os.system'],
  [new Call(new Call(new Global('m', 'f'), new Tuple([])), new Tuple([])), 'an object made by a call'],
  [new Persistent('7'), 'a persistent reference'],
]

test.each(DESCRIPTIONS)('%s', (value, words) => {
  expect(describeValue(value)).toBe(words)
})
