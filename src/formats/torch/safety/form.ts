/** How a class or function is called, and what may be done with what it makes. */
import type { PickleValue } from '../../../pickle/values.ts'

export type Args = readonly PickleValue[]

export interface Form {
  /** Whether a call with these arguments succeeds. */
  readonly takes: (args: Args) => boolean
  /** Floats that are whole numbers may be among the arguments. */
  readonly floats?: true
  /** NEWOBJ may make one, too, or is all that may. */
  readonly byNew?: 'also' | 'only'
  /** What BUILD may set; left out where nothing. */
  readonly state?: (state: PickleValue) => boolean
  /** What may be added afterwards. */
  readonly holds?: 'entries' | 'items'
}

/** Through the memo, thousands of calls may have one and the same value, however large: each is looked at once. */
export function lookedAtOnce<T extends object>(is: (value: T) => boolean): (value: T) => boolean {
  const known = new WeakMap<T, boolean>()
  return value => {
    const before = known.get(value)
    if (before !== undefined) return before
    const found = is(value)
    known.set(value, found)
    return found
  }
}
