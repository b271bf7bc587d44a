/** Finds names as people type them: ignores case, spaces, `_` and `-`, knows aliases, and suggests corrections. */
import { UsageError } from '../errors.ts'
import { nearest } from './nearest.ts'

/** What to say of the things that are looked up. */
export interface Lookup {
  /** `method`: in "There is no method 'x'." */
  readonly what: string
  /** Where the things are: "moco has no network 'x'." in place of "There is no …". */
  readonly owner?: string | undefined
  /** Other names, squashed, of things; of those that are not among the items, nothing comes. */
  readonly aliases?: Readonly<Record<string, string>>
  /** What else may be typed, and is handled by the caller. */
  readonly also?: readonly string[]
  /** The option that gave the name, where without it the thing is recognised. */
  readonly option?: string
}

interface Named {
  readonly name: string
  readonly title?: string
}

/** What is left of a name when case, blanks, `_` and `-` do not count. */
export function squashed(name: string): string {
  return name.toLowerCase().replaceAll(/[\s_-]+/g, '')
}

/**
 * The one thing that a name means.
 * @throws UsageError when there is none, or several could be meant; with one suggestion, or the list where there is none
 */
export function findByName<T extends Named>(items: readonly T[], typed: string, lookup: Lookup): T {
  const wanted = squashed(typed)
  const found =
    items.find(({ name }) => name === typed) ??
    items.find(({ name }) => squashed(name) === wanted) ??
    items.find(({ title }) => title !== undefined && squashed(title) === wanted) ??
    aliasOf(items, wanted, lookup)
  if (found) return found
  throw unknown(items, typed, lookup)
}

function aliasOf<T extends Named>(items: readonly T[], wanted: string, { aliases = {} }: Lookup) {
  return Object.hasOwn(aliases, wanted) ? items.find(({ name }) => name === aliases[wanted]) : undefined
}

function unknown(items: readonly Named[], typed: string, lookup: Lookup): UsageError {
  const { what, owner, also = [], option } = lookup
  const wanted = squashed(typed)
  const names = items.map(({ name }) => name)
  const holding = names.filter(name => name.split(/[\s_-]+/).some(word => squashed(word) === wanted))
  if (holding.length > 1)
    return new UsageError(
      `Several ${what}s are called '${typed}': ${holding.join(', ')}.`,
      option === undefined
        ? 'Name one of them.'
        : [{ say: 'Name one of them; to have it recognised,', leaveOut: option }],
    )
  const bySquashed = new Map(names.map(name => [squashed(name), name]))
  const guess = holding[0] ?? bySquashed.get(nearest(wanted, bySquashed.keys()) ?? '')
  const problem =
    owner === undefined ? `There is no ${what} '${typed}'.` : `${owner} has no ${what} '${typed}'.`
  if (guess !== undefined) return new UsageError(problem, `Did you mean ${guess}?`)
  const all = [...also, ...names].join(', ')
  return new UsageError(problem, owner === undefined ? `The ${what}s are: ${all}.` : `It has: ${all}.`)
}
