/** "Did you mean": the closest name, and none if nothing is close. */
import { expect, test } from 'vitest'
import { nearest } from '../../src/bytes/nearest.ts'
import { randomIntegers } from '../helpers/random.ts'

const METHODS = ['moco', 'moco-v3', 'swav', 'simsiam', 'barlow-twins', 'densecl']

test.each([
  ['moco', 'moco'],
  ['moc', 'moco'],
  ['mooc', 'moco'],
  ['mocov3', 'moco-v3'],
  ['swaw', 'swav'],
  ['barlowtwins', 'barlow-twins'],
  ['simsaim', 'simsiam'],
  ['resnet50', undefined],
  ['', undefined],
  ['xyz', undefined],
  ['mcoo', 'moco'],
  ['foo', undefined],
])('%j: %j', (name, expected) => {
  expect(nearest(name, METHODS)).toBe(expected)
})

test('the first of several that are equally close', () => {
  expect(nearest('layer1', ['layer2', 'layer3'])).toBe('layer2')
})

test('nothing, if there are no names', () => {
  expect(nearest('x', [])).toBeUndefined()
})

test('it is the closest by the usual edit distance, in which a swap is one step, and within a third of the letters; none for one or two letters', () => {
  const next = randomIntegers(11)
  const word = (): string => Array.from({ length: next(9) }, () => 'abc'[next(3)]).join('')
  for (let round = 0; round < 500; round++) {
    const name = word()
    const candidates = Array.from({ length: 5 }, word)
    const distances = candidates.map(candidate => editDistance(name, candidate))
    const best = Math.min(...distances)
    const allowed = Math.floor(name.length / 3)
    const expected = name.length > 2 && best <= allowed ? candidates[distances.indexOf(best)] : undefined
    expect(nearest(name, candidates), `${name} among ${candidates}`).toBe(expected)
  }
})

/** By definition, without any shortcuts. */
function editDistance(a: string, b: string): number {
  if (a === '' || b === '') return a.length + b.length
  const [restA, restB] = [a.slice(1), b.slice(1)]
  const isSwap = a.length > 1 && b.length > 1 && a[0] === b[1] && a[1] === b[0]
  return Math.min(
    editDistance(restA, restB) + (a[0] === b[0] ? 0 : 1),
    1 + Math.min(editDistance(restA, b), editDistance(a, restB)),
    isSwap ? 1 + editDistance(a.slice(2), b.slice(2)) : Number.POSITIVE_INFINITY,
  )
}
