/** The fate of every tensor of a section: kept under a name, or dropped with a reason. There is no third. */
import { UsageError } from '../errors.ts'
import { inFile } from '../explain/sections.ts'
import {
  nothingKept,
  sameName,
  unknownTensors,
  unreadableTensor,
  type Whereabouts,
} from '../explain/unplanned.ts'
import type { Method } from '../methods/method.ts'
import { substitute } from '../rename/pattern.ts'
import type { Rule } from '../rename/rules.ts'
import { BY_HAND, decidingRule } from '../rename/rules.ts'
import type { StateDict, Tensor } from '../tensor/tensor.ts'

/** What becomes of one tensor. */
export type Fate = Kept | Dropped

/** A tensor that is written. */
export interface Kept {
  /** As the checkpoint has it. */
  readonly name: string
  readonly tensor: Tensor
  readonly as: string
  /** Part of a head that was asked for, not of the backbone. */
  readonly head?: true
}

/** A tensor that is left out, and why. */
export interface Dropped {
  readonly name: string
  readonly tensor: Tensor
  readonly because: string
}

/** The fates of all tensors of a section, in its order. */
export interface Plan {
  readonly fates: readonly Fate[]
  /** What will be written, by its new names. */
  readonly kept: StateDict
  /** Names among `kept` that belong to a head. */
  readonly head: ReadonlySet<string>
}

/** What a plan depends on beside the method. */
export interface PlanOptions extends Whereabouts {
  /** The network to keep, where the method has several. */
  readonly network?: string | undefined
  readonly keepHead?: boolean | undefined
}

/**
 * Applies the rules of a method to every name of a section; reads no values.
 * @throws MismatchError when a tensor matches no rule, or two would get the same name
 * @throws UnsupportedError when a tensor to keep has no dense values
 * @throws UsageError when a head was asked for and there is none
 */
export function planSection(
  method: Pick<Method, 'name' | 'rules'>,
  section: StateDict,
  options: PlanOptions,
): Plan {
  const fates: Fate[] = []
  const unmatched: string[] = []
  for (const [name, tensor] of section) {
    const fate = decideFate(method.rules, name, tensor, options)
    if (fate) fates.push(fate)
    else unmatched.push(name)
  }
  if (unmatched.length > 0) throw unknownTensors(method, unmatched, section, options)
  const kept = collectKept(fates, method, options)
  if (kept.kept.size === 0 && method.name === BY_HAND && section.size > 0)
    throw nothingKept(method, section, options)
  return { fates, ...kept }
}

function decideFate(
  rules: readonly Rule[],
  name: string,
  tensor: Tensor,
  options: PlanOptions,
): Fate | undefined {
  const found = decidingRule(rules, name)
  if (!found) return undefined
  const { rule, stands } = found
  const isOther = rule.network !== undefined && rule.network !== options.network
  if ('keep' in rule)
    return isOther
      ? { name, tensor, because: `network ${rule.network}` }
      : { name, tensor, as: substitute(rule.as, stands) }
  if (options.keepHead && rule.head !== undefined && !isOther)
    return { name, tensor, as: substitute(rule.head, stands), head: true }
  return { name, tensor, because: rule.because }
}

function collectKept(
  fates: readonly Fate[],
  method: Pick<Method, 'name' | 'rules'>,
  options: PlanOptions,
): Pick<Plan, 'kept' | 'head'> {
  const kept = new Map<string, Tensor>()
  const from = new Map<string, string>()
  const head = new Set<string>()
  for (const fate of fates) {
    if (!('as' in fate)) continue
    if (fate.tensor.unreadable !== undefined) throw unreadableTensor(fate, options)
    const before = from.get(fate.as)
    if (before !== undefined) throw sameName(before, fate, method, options)
    from.set(fate.as, fate.name)
    kept.set(fate.as, fate.tensor)
    if (fate.head) head.add(fate.as)
  }
  if (options.keepHead && head.size === 0)
    throw new UsageError(
      `${inFile(options.source)}--keep-head: with method ${method.name} there is no head in this checkpoint that could be kept as fc.*.`,
      'Leave --keep-head out.',
    )
  return { kept, head }
}
