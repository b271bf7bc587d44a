/** Two state dicts with the same names, but for what stands before all those of one: `backbone.`. */
import type { StateDict } from './tensor.ts'

/** What stands before the names of one of two state dicts. */
export interface SharedPrefix {
  readonly in: 'first' | 'second'
  readonly prefix: string
  /** How many names of that state dict do not begin so. */
  readonly others: number
}

/** @returns undefined where names are the same in both, or most of the shorter ones are not there behind one prefix */
export function prefixBetween(first: StateDict, second: StateDict): SharedPrefix | undefined {
  for (const name of first.keys()) if (second.has(name)) return undefined
  const [here, there] = [prefixOf(first, second), prefixOf(second, first)]
  if (here !== undefined) return { in: 'first', prefix: here, others: first.size - behind(first, here).size }
  return there === undefined
    ? undefined
    : { in: 'second', prefix: there, others: second.size - behind(second, there).size }
}

/** The tensors behind a prefix, without it. */
export function behind(state: StateDict, prefix: string): StateDict {
  return new Map(
    [...state].flatMap(([name, tensor]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), tensor] as const] : [],
    ),
  )
}

function prefixOf(state: StateDict, plain: StateDict): string | undefined {
  const [first] = plain.keys()
  if (first === undefined) return undefined
  const prefixes = [...state.keys()]
    .filter(name => name.endsWith(`.${first}`))
    .map(name => name.slice(0, -first.length))
  const found = prefixes.find(prefix => {
    const there = [...plain.keys()].filter(name => state.has(prefix + name))
    return there.length > plain.size / 2
  })
  return found
}
