/** Names under which a backbone has a tensor, and the checkpoint something else: a counter that is a number, a weight that is None. */
import type { Method } from '../methods/method.ts'
import { substitute } from '../rename/pattern.ts'
import { findRule } from '../rename/rules.ts'
import type { Checkpoint } from '../tensor/tensor.ts'

/** What is not a tensor, by the name that it would get if it were one. */
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
    if (of === undefined || of === network) kept.set(substitute(as, found.wildcard), { name, is })
  }
  return kept
}
