/** Names under which a backbone has a tensor, and the checkpoint something else: a counter that is a number, a weight that is None. */

import { count } from '../bytes/count.ts'
import { isCounter } from '../families/family.ts'
import type { Method } from '../methods/method.ts'
import { substitute } from '../rename/pattern.ts'
import { findRule } from '../rename/rules.ts'
import type { Checkpoint } from '../tensor/tensor.ts'

/** What is no tensor, by the name that it would get if it were one. */
export type NonTensors = ReadonlyMap<string, NonTensor>

export interface NonTensor {
  /** As the checkpoint has it. */
  readonly name: string
  /** In Python's words: `5`, `None`, `a list of 3`. */
  readonly is: string
}

/** What the rules of a method would keep of a section, had it tensors there. */
export function keptNonTensors(
  { nonTensors }: Pick<Checkpoint, 'nonTensors'>,
  { rules }: Pick<Method, 'rules'>,
  section: string,
  network: string | undefined,
): NonTensors {
  const kept = new Map<string, NonTensor>()
  for (const [name, is] of nonTensors?.get(section) ?? []) {
    const found = findRule(rules, name)
    if (!found || !('keep' in found.rule)) continue
    const { as, network: of } = found.rule
    if (of === undefined || of === network) kept.set(substitute(as, found.stands), { name, is })
  }
  return kept
}

/** @returns one for the counters that were left out since they are no tensors, with which PyTorch does without */
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
 * @param found what stands in the place of weights, in Python's words
 * @returns undefined where there is nothing
 */
export function adviseOnReplaced(found: readonly string[]): string | undefined {
  if (found.length === 0) return undefined
  return found.every(is => NUMPY_ARRAY.test(is))
    ? 'They are NumPy arrays: make tensors of them in PyTorch with torch.from_numpy, and save the checkpoint again.'
    : 'Something else took their place before the checkpoint was saved: save model.state_dict() of the model itself.'
}
