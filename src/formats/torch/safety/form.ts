/** How a class or function is called, and what may be done with the result. */
import type { PickleValue } from '../../../pickle/values.ts'

export type Args = readonly PickleValue[]

export interface Form {
  /** Whether a call with these arguments succeeds. */
  readonly takes: (args: Args) => boolean
  /** Whether floats with integer values may be among the arguments. */
  readonly floats?: true
  /** Whether NEWOBJ may also create one, or only NEWOBJ. */
  readonly byNew?: 'also' | 'only'
  /** Whether BUILD may set this state; missing if it may set none. */
  readonly state?: (state: PickleValue) => boolean
  /** What may be added afterwards. */
  readonly holds?: 'entries' | 'items'
}

/** Through the memo, thousands of calls may share one large value: each value is checked once. */
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
