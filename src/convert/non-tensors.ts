/** Values in place of a backbone's tensors: a counter that is a number, a weight that is None. */
import type { Spelling } from '../families/family.ts'
import { substitute } from '../rename/pattern.ts'
import { findRule } from '../rename/rules.ts'
import { renamedBy } from '../rename/spell.ts'
import type { Checkpoint } from '../tensor/tensor.ts'
import type { Match } from './match.ts'

/** Values that are not tensors, by the name that they would get as tensors. */
export type NonTensors = ReadonlyMap<string, NonTensor>

export interface NonTensor {
  /** The name in the checkpoint. */
  readonly name: string
  /** As Python prints it: `5`, `None`, `a list of 3`. */
  readonly is: string
}

/** The non-tensors of a section that a method's rules would keep. */
export function keptNonTensors(
  { nonTensors }: Pick<Checkpoint, 'nonTensors'>,
  { method: { rules }, section, network }: Pick<Match, 'method' | 'section' | 'network'>,
  spelling?: Spelling,
): NonTensors {
  const kept = new Map<string, NonTensor>()
  for (const [name, is] of nonTensors?.get(section) ?? []) {
    const found = findRule(rules, name)
    if (!found || !('keep' in found.rule)) continue
    const { as, network: of } = found.rule
    const inNetwork = substitute(as, found.wildcard)
    if (of === undefined || of === network?.name)
      kept.set(spelling ? renamedBy(spelling.rules, inNetwork) : inNetwork, { name, is })
  }
  return kept
}
