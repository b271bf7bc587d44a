/** Two state dicts with the same names, except for a prefix of all names in one: `backbone.`. */
import type { StateDict } from './tensor.ts'

/** The prefix of the names in one of two state dicts. */
export interface SharedPrefix {
  readonly in: 'first' | 'second'
  readonly prefix: string
  /** How many names in that state dict do not begin with it. */
  readonly others: number
}

/** @returns undefined if both share a name, or most of the shorter names do not exist with one prefix */
export function prefixBetween(first: StateDict, second: StateDict): SharedPrefix | undefined {
  for (const name of first.keys()) if (second.has(name)) return undefined
  const [here, there] = [prefixOf(first, second), prefixOf(second, first)]
  if (here !== undefined)
    return { in: 'first', prefix: here, others: first.size - underPrefix(first, here).size }
  return there === undefined
    ? undefined
    : { in: 'second', prefix: there, others: second.size - underPrefix(second, there).size }
}

/** Entries whose names begin with the prefix, by the rest of the name. */
export function underPrefix<T>(entries: Iterable<readonly [string, T]>, prefix: string): Map<string, T> {
  return new Map(
    [...entries]
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, value]) => [name.slice(prefix.length), value]),
  )
}

function prefixOf(state: StateDict, plain: StateDict): string | undefined {
  const [first] = plain.keys()
  if (first === undefined) return undefined
  const prefixes = [...state.keys()]
    .filter(name => name.endsWith(`.${first}`))
    .map(name => name.slice(0, -first.length))
  return prefixes.find(prefix => {
    const there = [...plain.keys()].filter(name => state.has(prefix + name))
    return there.length > plain.size / 2
  })
}
