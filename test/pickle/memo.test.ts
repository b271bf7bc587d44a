/** The memo: behaves like a map, in whatever order the numbers come. */
import { expect, test } from 'vitest'
import { Memo } from '../../src/pickle/memo.ts'
import { randomIntegers } from '../helpers/random.ts'

test('returns and counts the same as a map', () => {
  const next = randomIntegers(3)
  for (let round = 0; round < 200; round++) {
    const [memo, map] = [new Memo(), new Map<number, number>()]
    for (let value = 0; value < 40; value++) {
      const key = value % 3 === 0 ? map.size : next(30)
      memo.set(key, value)
      map.set(key, value)
      expect(memo.size).toBe(map.size)
    }
    for (let key = 0; key < 80; key++) expect(memo.get(key)).toBe(map.get(key))
  }
})

test('a large number takes no memory for smaller ones', () => {
  const memo = new Memo()
  for (const key of [2 ** 32 - 1, Number.MAX_SAFE_INTEGER]) memo.set(key, null)
  expect(memo.size).toBe(2)
  expect(memo.get(2 ** 32 - 1)).toBe(null)
  expect(memo.get(0)).toBe(undefined)
})
