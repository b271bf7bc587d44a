/** Finds the family and the spelling of a network by its names. */
import { oncePer } from '../bytes/once-per.ts'
import { matcher } from '../rename/pattern.ts'
import { patternsOf } from '../rename/spell.ts'
import type { Family, Spelling } from './family.ts'

/** A family, and one of its spellings. */
export interface Spelt {
  readonly family: Family
  readonly spelling: Spelling
}

type Names = ReadonlySet<string>

/** @returns the first spelling that matches the names; undefined for an unknown network */
export function spellingOf(names: Names, families: readonly Family[]): Spelt | undefined {
  for (const family of families) {
    const spelling = spellingAmong(family.spellings, names)
    if (spelling) return { family, spelling }
  }
  return undefined
}

/** @returns the first of the given spellings that matches the names */
export function spellingAmong<S extends Spelling>(spellings: readonly S[], names: Names): S | undefined {
  return spellings.find(spelling => isSpelling(spelling, names))
}

function isSpelling({ has, never = [] }: Spelling, names: Names): boolean {
  return (
    has.every(pattern => someMatches(pattern, names)) && !never.some(pattern => someMatches(pattern, names))
  )
}

/** Whether one of the names matches a pattern. */
export function someMatches(pattern: string, names: Names): boolean {
  const star = pattern.indexOf('*')
  if (star < 0) return names.has(pattern)
  const before = pattern.slice(0, star)
  const match = matcher(pattern)
  const inOrder = sorted(names)
  for (let at = firstFrom(inOrder, before); inOrder[at]?.startsWith(before); at++)
    if (match(inOrder[at]!) !== undefined) return true
  return false
}

/**
 * Names are sorted once, because every pattern of every method is compared with them: those with the same beginning are adjacent.
 */
const sorted = oncePer((names: Names): readonly string[] => [...names].sort())

/** The index of the first name that does not come before `wanted`. */
function firstFrom(names: readonly string[], wanted: string): number {
  let low = 0
  for (let high = names.length; low < high; ) {
    const middle = (low + high) >> 1
    if (names[middle]! < wanted) low = middle + 1
    else high = middle
  }
  return low
}

/** Names without a rule in a spelling. */
export function unspelled({ rules }: Spelling, names: Iterable<string>): string[] {
  const matchers = rules.flatMap(patternsOf).map(matcher)
  return [...names].filter(name => matchers.every(match => match(name) === undefined))
}
