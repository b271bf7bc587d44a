/** The fate of every tensor of a section: kept under a name, or dropped with a reason. */
import type { Family } from '../families/family.ts'
import { spellingOf } from '../families/spelling.ts'
import type { Method } from '../methods/method.ts'
import type { NamingRule } from '../rename/naming.ts'
import { substitute } from '../rename/pattern.ts'
import { decidingRule, type Rule } from '../rename/rules.ts'
import { type Item, type Items, spell } from '../rename/spell.ts'
import type { Part } from '../targets/detector.ts'
import type { StateDict, Tensor } from '../tensor/tensor.ts'
import { BY_HAND } from './custom-rules.ts'
import type { CanonicalPlan, Draft, Fate, Plan } from './fate.ts'
import { isRefusal, type PlanRefusal } from './refusal.ts'

/** What a plan depends on besides the method. */
export interface PlanOptions {
  /** The path of the section, for refusals. */
  readonly path?: string | undefined
  /** The network to keep, if the method has several. */
  readonly network?: string | undefined
  readonly keepHead?: boolean | undefined
  /** Whether more of the detector than its backbone is kept. */
  readonly part?: Part | undefined
  /** Values that are not tensors: their names show the network anyway. */
  readonly nonTensors?: Iterable<string> | undefined
}

type Rules = Pick<Method, 'name' | 'rules'>

const NO_ITEMS: Items = new Map()

/**
 * Applies a method's rules to every name of a section, and gives the remaining network its canonical names; reads no values.
 * @returns a refusal when a tensor matches no rule, two would get the same name, one to keep cannot be read, or there is no
 *   head
 */
export function planSection(
  method: Rules,
  state: StateDict,
  families: readonly Family[],
  options: PlanOptions = {},
): CanonicalPlan | PlanRefusal {
  const section = { path: options.path ?? '', state }
  const fates = fatesBy(method.rules, state, options)
  const names = fates.flatMap(fate => (typeof fate === 'string' ? [fate] : []))
  if (names.length > 0) return { kind: 'unknownTensors', method, section, names }
  const draft = draftOf(method, state, fates as readonly Fate[])
  if (isRefusal(draft)) return draft
  if (options.keepHead && draft.head.size === 0) return { kind: 'noHead', method }
  if (draft.network.size === 0 && method.name === BY_HAND && state.size > 0)
    return { kind: 'nothingKept', method, section }
  const spelt = spellingOf(namesOf(draft, method, options), families)
  if (!spelt) return finish(draft)
  const respelt = respell(draft, spelt.spelling.rules, method)
  return isRefusal(respelt) ? respelt : { ...finish(respelt), spelt }
}

/** The names of the network, including those of values that should be tensors but are not. */
function namesOf({ network }: Draft, { rules }: Rules, options: PlanOptions): ReadonlySet<string> {
  const names = new Set(network.keys())
  for (const name of options.nonTensors ?? []) {
    const found = decidingRule(rules, name)
    if (found && 'keep' in found.rule && (found.rule.network ?? options.network) === options.network)
      names.add(substitute(found.rule.as, found.wildcard))
  }
  return names
}

/** @returns the plain name if no rule matches it */
function fatesBy(rules: readonly Rule[], state: StateDict, options: PlanOptions): readonly (Fate | string)[] {
  return [...state].map(([name, tensor]) => decideFate(rules, name, tensor, options) ?? name)
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
  if (isBeyondBackbone(options.part) && rule.part !== undefined && !isOther)
    return { name, tensor, as: substitute(rule.part, wildcard), part: true }
  return { name, tensor, because: rule.because }
}

/** Whether more than the backbone was requested. */
export function isBeyondBackbone(part: Part | undefined): part is Exclude<Part, 'backbone'> {
  return part !== undefined && part !== 'backbone'
}

/** Applies only the method's rules. */
function draftOf(method: Rules, section: StateDict, fates: readonly Fate[]): Draft | PlanRefusal {
  const network = new Map<string, Item>()
  const dropped = new Map<string, string>()
  const head = new Map<string, string>()
  const parts = new Map<string, Item>()
  const from = new Map<string, string>()
  for (const fate of fates) {
    if (!('as' in fate)) {
      dropped.set(fate.name, fate.because)
      continue
    }
    const { name, tensor, as } = fate
    if (tensor.unreadable !== undefined) return { kind: 'unreadable', name, tensor }
    const before = from.get(as)
    if (before !== undefined) return { kind: 'sameName', method, as, from: [before, name] }
    from.set(as, name)
    if (fate.head) head.set(name, as)
    else if (fate.part) parts.set(as, { from: [name], tensor })
    else network.set(as, { from: [name], tensor })
  }
  return { section, network, dropped, head, parts }
}

/** Renames the network of a draft; a name that no rule matches is kept, and the verification reports it. */
function respell(draft: Draft, rules: readonly NamingRule[], method: Rules): Draft | PlanRefusal {
  const { kept, dropped, unmatched, twice } = spell(rules, draft.network)
  const [clash] = twice
  if (clash) {
    const [as, [first, second]] = clash
    return { kind: 'sameName', method, as, from: [first.from[0]!, second.from[0]!] }
  }
  const network = new Map(kept)
  for (const name of unmatched) network.set(name, draft.network.get(name)!)
  return { ...draft, network, dropped: withDropped(draft, dropped) }
}

function withDropped(draft: Draft, dropped: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const bySource = [...dropped].flatMap(([name, because]) =>
    (draft.network.get(name) ?? draft.parts.get(name)!).from.map(source => [source, because] as const),
  )
  return new Map([...draft.dropped, ...bySource])
}

/** The tensors to write, in the order of the section; parts of a detector are placed later. */
function finish(draft: Draft): CanonicalPlan {
  const { section, network, dropped, head } = draft
  const parts = namesBySource(draft.parts)
  const names = namesBySource(network)
  const fates: Fate[] = []
  const kept = new Map<string, Tensor>()
  for (const [name, tensor] of section) {
    const because = dropped.get(name)
    if (because !== undefined) {
      fates.push({ name, tensor, because })
      continue
    }
    const [part] = parts.get(name) ?? []
    if (part !== undefined) {
      fates.push({ name, tensor, as: part, part: true })
      continue
    }
    const ofHead = head.get(name)
    const all = ofHead === undefined ? names.get(name)! : [ofHead]
    fates.push({ name, tensor, as: all[0]!, ...(ofHead !== undefined && { head: true }) })
    for (const as of all) kept.set(as, network.get(as)?.tensor ?? tensor)
  }
  return { fates, kept, head: new Set(head.values()), draft }
}

function namesBySource(network: Items): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, string[]>()
  for (const [as, { from }] of network)
    for (const source of from) {
      const all = names.get(source)
      if (all) all.push(as)
      else names.set(source, [as])
    }
  return names
}

/**
 * A plan under the names of the class that loads it.
 * @param rules from canonical names to those of the class
 * @param prefix of each of these names in the file
 * @param parts what is written besides the backbone, and which tensors are left out
 * @returns a refusal with the names that the class has no place for, if any
 */
export function placePlan(
  { draft, ...plan }: CanonicalPlan,
  rules: readonly NamingRule[],
  prefix: string,
  parts?: { readonly kept: Items; readonly dropped: ReadonlyMap<string, string> },
): Plan | { readonly homeless: readonly string[] } {
  const { kept, dropped, unmatched } = spell(rules, draft.network)
  if (unmatched.length > 0) return { homeless: unmatched }
  const placed = [...kept].map(([name, item]) => [prefix + name, item] as const)
  const network = new Map([...placed, ...(parts?.kept ?? [])])
  const left = withDropped(draft, new Map([...dropped, ...(parts?.dropped ?? [])]))
  return { ...plan, ...finish({ ...draft, network, dropped: left, parts: NO_ITEMS }) }
}
