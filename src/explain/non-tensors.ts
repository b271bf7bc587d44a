/** Messages for values in place of tensors. */

import { count } from '../bytes/count.ts'
import type { NonTensors } from '../convert/non-tensors.ts'
import { isCounter } from '../families/family.ts'

/** @returns a note if counters were left out because they are not tensors; PyTorch does not need them */
export function noteOnCounters(found: NonTensors): string[] {
  const counters = [...found].filter(([as]) => isCounter(as)).map(([, one]) => one)
  const [first] = counters
  if (!first) return []
  const others = counters.length - 1
  const more = others === 0 ? 'is' : `and ${count(others, 'more counter')} are`
  return [
    `${first.name} ${more} left out: ${others === 0 ? 'it is' : 'the first is'} ${first.is}, not a tensor; PyTorch counts from 0 instead`,
  ]
}

const NUMPY_ARRAY = /numpy\S*\.multiarray\._reconstruct$/

/**
 * @param found the values in place of weights, as Python prints them
 * @returns undefined if there are none
 */
export function adviseOnReplaced(found: readonly string[]): string | undefined {
  if (found.length === 0) return undefined
  return found.every(is => NUMPY_ARRAY.test(is))
    ? 'They are NumPy arrays: convert them to tensors with torch.from_numpy, and save the checkpoint again.'
    : 'They were replaced before the checkpoint was saved: save model.state_dict() of the model itself.'
}
