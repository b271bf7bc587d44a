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
import type { Family } from '../families/family.ts'
import { spellingOf } from '../families/spelling.ts'
import type { Method } from '../methods/method.ts'
import type { NamingRule } from '../rename/naming.ts'
import { substitute } from '../rename/pattern.ts'
import type { Rule } from '../rename/rules.ts'
import { BY_HAND, decidingRule } from '../rename/rules.ts'
import { type Item, type Items, spell } from '../rename/spell.ts'
import type { StateDict, Tensor } from '../tensor/tensor.ts'

/** What becomes of one tensor. */
export type Fate = Kept | Dropped

/** A tensor that is written. */
export interface Kept {
  /** As the checkpoint has it. */
  readonly name: string
  readonly tensor: Tensor
  /** The name that it is written under; of a tensor that is split, the first. */
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

/** What is kept of a section, and under which names. */
export interface Plan {
  /** The fates of all tensors of the section, in its order. */
  readonly fates: readonly Fate[]
  /** What is kept, by its new names. */
  readonly kept: StateDict
  /** Names among `kept` that belong to a head. */
  readonly head: ReadonlySet<string>
  /** The family of networks that the names are of; left out where they are of none that is known. */
  readonly family?: Family
  /** For the next step: the network alone, and what was decided about the others. */
  readonly draft: Draft
}

/** A plan in the making. */
interface Draft {
  readonly section: StateDict
  readonly network: Items
  /** Why tensors are left out, by the names of the checkpoint. */
  readonly dropped: ReadonlyMap<string, string>
  /** The names of a head that was asked for, by those of the checkpoint. */
  readonly head: ReadonlyMap<string, string>
}

/** What a plan depends on beside the method. */
export interface PlanOptions extends Whereabouts {
  /** The network to keep, where the method has several. */
  readonly network?: string | undefined
  readonly keepHead?: boolean | undefined
}

/**
 * Applies the rules of a method to every name of a section, and spells the network that is left in its canonical names; reads no
 * values.
 * @throws MismatchError when a tensor matches no rule, or two would get the same name
 * @throws UnsupportedError when a tensor to keep has no dense values
 * @throws UsageError when a head was asked for and there is none
 */
export function planSection(
  method: Rules,
  section: StateDict,
  families: readonly Family[],
  options: PlanOptions,
): Plan {
  const draft = draftOf(method, section, options)
  const spelt = spellingOf(new Set(draft.network.keys()), families)
  const plan = spelt
    ? { ...finish(respell(draft, spelt.spelling.rules, method, options)), family: spelt.family }
    : finish(draft)
  if (plan.kept.size === 0 && method.name === BY_HAND && section.size > 0)
    throw nothingKept(method, section, options)
  return plan
}

/** By the rules of the method alone. */
function draftOf(method: Rules, section: StateDict, options: PlanOptions): Draft {
  const fates = fatesBy(method, section, options)
  const network = new Map<string, Item>()
  const head = new Map<string, string>()
  const taken = new Map<string, string>()
  for (const fate of fates) {
    if (!('as' in fate)) continue
    const { name, tensor, as } = fate
    if (tensor.unreadable !== undefined) throw unreadableTensor(fate, options)
    const before = taken.get(as)
    if (before !== undefined) throw sameName(before, fate, method, options)
    taken.set(as, name)
    if (fate.head) head.set(name, as)
    else network.set(as, { from: [name], tensor })
  }
  if (options.keepHead && head.size === 0)
    throw new UsageError(
      `${inFile(options.source)}--keep-head: with method ${method.name} there is no head in this checkpoint that could be kept as fc.*.`,
      'Leave --keep-head out.',
    )
  const left = fates.flatMap(fate => ('because' in fate ? [[fate.name, fate.because] as const] : []))
  return { section, network, dropped: new Map(left), head }
}

function fatesBy(method: Rules, section: StateDict, options: PlanOptions): readonly Fate[] {
  const fates: Fate[] = []
  const unmatched: string[] = []
  for (const [name, tensor] of section) {
    const fate = decideFate(method.rules, name, tensor, options)
    if (fate) fates.push(fate)
    else unmatched.push(name)
  }
  if (unmatched.length > 0) throw unknownTensors(method, unmatched, section, options)
  return fates
}

type Rules = Pick<Method, 'name' | 'rules'>

/** The draft with its network in other names; a name that no rule knows stays, for the verification to report. */
function respell(draft: Draft, rules: readonly NamingRule[], method: Rules, options: Whereabouts): Draft {
  const { kept, dropped, unmatched, twice } = spell(rules, draft.network)
  for (const [as, [first, second]] of twice)
    throw sameName(first.from[0]!, { name: second.from[0]!, as }, method, options)
  const network = new Map(kept)
  for (const name of unmatched) network.set(name, draft.network.get(name)!)
  return { ...draft, network, dropped: new Map([...draft.dropped, ...bySource(draft, dropped)]) }
}

function bySource({ network }: Draft, dropped: ReadonlyMap<string, string>): [string, string][] {
  return [...dropped].flatMap(([name, because]) =>
    network.get(name)!.from.map(source => [source, because] as [string, string]),
  )
}

/** What is written, in the order of the section. */
function finish(draft: Draft): Plan {
  const { section, network, dropped, head } = draft
  const names = new Map<string, string[]>()
  for (const [as, { from }] of network)
    for (const source of from) names.set(source, [...(names.get(source) ?? []), as])
  const fates: Fate[] = []
  const kept = new Map<string, Tensor>()
  for (const [name, tensor] of section) {
    const because = dropped.get(name)
    const ofHead = head.get(name)
    if (because !== undefined) fates.push({ name, tensor, because })
    else if (ofHead !== undefined) {
      fates.push({ name, tensor, as: ofHead, head: true })
      kept.set(ofHead, tensor)
    } else {
      const all = names.get(name)!
      fates.push({ name, tensor, as: all[0]! })
      for (const as of all) kept.set(as, network.get(as)!.tensor)
    }
  }
  return { fates, kept, head: new Set(head.values()), draft }
}

/**
 * A plan in the names of the class that loads it.
 * @param rules from canonical names to those of the class
 * @param prefix what stands before each of them in the file
 * @returns names that the class has no place for, beside the plan
 */
export function placePlan(
  plan: Plan,
  rules: readonly NamingRule[],
  prefix: string,
): { readonly plan: Plan; readonly homeless: readonly string[] } {
  const { kept, dropped, unmatched } = spell(rules, plan.draft.network)
  const network = new Map([...kept].map(([name, item]) => [prefix + name, item]))
  const draft = {
    ...plan.draft,
    network,
    dropped: new Map([...plan.draft.dropped, ...bySource(plan.draft, dropped)]),
  }
  return { plan: { ...plan, ...finish(unmatched.length === 0 ? draft : plan.draft) }, homeless: unmatched }
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
