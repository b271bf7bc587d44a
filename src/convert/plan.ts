/** The fate of every tensor of a section: kept under a name, or dropped with a reason. There is no third. */
import type { Method } from '../methods/method.ts'
import { substitute } from '../rename/pattern.ts'
import { decidingRule, type Rule } from '../rename/rules.ts'
import type { StateDict, Tensor } from '../tensor/tensor.ts'
import { BY_HAND } from './custom-rules.ts'
import type { Fate, Plan } from './fate.ts'
import { isRefusal, type PlanRefusal } from './refusal.ts'

/** What a plan depends on beside the method. */
export interface PlanOptions {
  /** The path of the section, which a refusal has. */
  readonly path?: string | undefined
  /** The network to keep, where the method has several. */
  readonly network?: string | undefined
  readonly keepHead?: boolean | undefined
}

/**
 * Applies the rules of a method to every name of a section; reads no values.
 * @returns a refusal when a tensor matches no rule, two would get the same name, one to keep cannot be read, or there is no head
 */
export function planSection(
  method: Pick<Method, 'name' | 'rules'>,
  state: StateDict,
  options: PlanOptions = {},
): Plan | PlanRefusal {
  const section = { path: options.path ?? '', state }
  const fates: Fate[] = []
  const names: string[] = []
  for (const [name, tensor] of state) {
    const fate = decideFate(method.rules, name, tensor, options)
    if (fate) fates.push(fate)
    else names.push(name)
  }
  if (names.length > 0) return { kind: 'unknownTensors', method, section, names }
  const kept = collectKept(fates, method)
  if (isRefusal(kept)) return kept
  if (options.keepHead && kept.head.size === 0) return { kind: 'noHead', method }
  if (kept.kept.size === 0 && method.name === BY_HAND && state.size > 0)
    return { kind: 'nothingKept', method, section }
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
  const { rule, wildcard } = found
  const isOther = rule.network !== undefined && rule.network !== options.network
  if ('keep' in rule)
    return isOther
      ? { name, tensor, because: `network ${rule.network}` }
      : { name, tensor, as: substitute(rule.as, wildcard) }
  if (options.keepHead && rule.head !== undefined && !isOther)
    return { name, tensor, as: substitute(rule.head, wildcard), head: true }
  return { name, tensor, because: rule.because }
}

function collectKept(
  fates: readonly Fate[],
  method: Pick<Method, 'name' | 'rules'>,
): Pick<Plan, 'kept' | 'head'> | PlanRefusal {
  const kept = new Map<string, Tensor>()
  const from = new Map<string, string>()
  const head = new Set<string>()
  for (const fate of fates) {
    if (!('as' in fate)) continue
    const { name, tensor, as } = fate
    if (tensor.unreadable !== undefined) return { kind: 'unreadable', name, tensor }
    const before = from.get(as)
    if (before !== undefined) return { kind: 'sameName', method, as, from: [before, name] }
    from.set(as, name)
    kept.set(as, tensor)
    if (fate.head) head.add(as)
  }
  return { kept, head }
}
