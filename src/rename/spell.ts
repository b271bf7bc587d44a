/** Applies naming rules to names and shapes of tensors; values are read when the result is written. */
import { joinTensors } from '../tensor/join.ts'
import { splitTensor } from '../tensor/split.ts'
import type { StateDict, Tensor } from '../tensor/tensor.ts'
import { reorderTensor } from '../tensor/view.ts'
import { type JoinRule, mergedShape, type NamingRule, type Reordering } from './naming.ts'
import { matcher, substitute } from './pattern.ts'

/** A tensor, and the names in the checkpoint of the tensors it comes from. */
export interface Item {
  readonly from: readonly string[]
  readonly tensor: Tensor
}

/** Tensors by their current names. */
export type Items = ReadonlyMap<string, Item>

/** The result of applying rules. */
export interface Spelled {
  readonly kept: Items
  /** Dropped tensors by their previous names, with the reason. */
  readonly dropped: ReadonlyMap<string, string>
  /** Names that no rule matches, or whose counterpart in a join is missing. */
  readonly unmatched: readonly string[]
  /** Names that two tensors would get; the second one is lost. */
  readonly twice: ReadonlyMap<string, readonly [Item, Item]>
}

/** The tensors of a state dict as items. */
export function itemsOf(state: StateDict): Items {
  return new Map([...state].map(([name, tensor]) => [name, { from: [name], tensor }]))
}

/** A state dict under new names, without tensors that the rules drop or do not match. */
export function spellState(rules: readonly NamingRule[], state: StateDict): StateDict {
  return new Map([...spell(rules, itemsOf(state)).kept].map(([name, { tensor }]) => [name, tensor]))
}

/** Applies rules to tensors. Does not throw: unmatched names are returned. */
export function spell(rules: readonly NamingRule[], items: Items): Spelled {
  const kept = new Map<string, Item>()
  const dropped = new Map<string, string>()
  const unmatched: string[] = []
  const twice = new Map<string, readonly [Item, Item]>()
  const put = (name: string, item: Item): void => {
    const before = kept.get(name)
    if (before) twice.set(name, [before, item])
    else kept.set(name, item)
  }
  for (const [name, item] of items) {
    const found = ruleFor(rules, name)
    if (!found) unmatched.push(name)
    else if ('drop' in found.rule) dropped.set(name, found.rule.because)
    else for (const [as, made] of make(found, name, item, items) ?? noted(unmatched, name)) put(as, made)
  }
  return { kept, dropped, unmatched, twice }
}

function noted(unmatched: string[], name: string): [] {
  unmatched.push(name)
  return []
}

/** The new name of a tensor that rules only rename; otherwise the unchanged name. */
export function renamedBy(rules: readonly NamingRule[], name: string): string {
  const found = ruleFor(rules, name)
  return found && 'keep' in found.rule ? substitute(found.rule.as, found.wildcard) : name
}

interface Found {
  readonly rule: NamingRule
  readonly wildcard: string
}

function ruleFor(rules: readonly NamingRule[], name: string): Found | undefined {
  for (const rule of rules)
    for (const pattern of patternsOf(rule)) {
      const wildcard = matcher(pattern)(name)
      if (wildcard !== undefined) return { rule, wildcard }
    }
  return undefined
}

/** The patterns of a rule. */
export function patternsOf(rule: NamingRule): readonly string[] {
  if ('keep' in rule) return [rule.keep]
  if ('split' in rule) return [rule.split]
  if ('drop' in rule) return [rule.drop]
  return rule.join.filter(part => typeof part === 'string')
}

/** @returns the resulting tensors: none if an earlier tensor included this one, undefined if others are missing */
function make(
  { rule, wildcard }: Found,
  name: string,
  item: Item,
  items: Items,
): readonly (readonly [string, Item])[] | undefined {
  if ('keep' in rule) return [[substitute(rule.as, wildcard), reordered(item, rule.reorder)]]
  if ('split' in rule) return splitInto(rule.as, wildcard, item)
  if ('join' in rule) return joined(rule, wildcard, name, items)
  return []
}

function reordered(item: Item, reordering: Reordering | undefined): Item {
  const shape = reordering && mergedShape(item.tensor.shape, reordering)
  return shape ? { ...item, tensor: reorderTensor(item.tensor, reordering, shape) } : item
}

function splitInto(
  names: readonly string[],
  wildcard: string,
  item: Item,
): readonly (readonly [string, Item])[] | undefined {
  const [size] = item.tensor.shape
  if (size === undefined || size % names.length !== 0) return undefined
  const parts = splitTensor(item.tensor, names.length)
  return names.map((as, at) => [substitute(as, wildcard), { from: item.from, tensor: parts[at]! }] as const)
}

function joined(
  rule: JoinRule,
  wildcard: string,
  name: string,
  items: Items,
): readonly (readonly [string, Item])[] | undefined {
  const parts = rule.join.map(part => {
    const pattern = typeof part === 'string' ? part : part.zerosLike
    return { item: items.get(substitute(pattern, wildcard)), isZeros: typeof part !== 'string' }
  })
  const found = parts.map(({ item }) => item?.tensor)
  if (!fitTogether(found)) return undefined
  // The first tensor of a join includes the others.
  const first = patternsOf(rule)[0]!
  if (name !== substitute(first, wildcard)) return []
  const tensor = joinTensors(
    parts.map(({ isZeros }, at) => (isZeros ? { zeros: found[at]!.shape[0]! } : found[at]!)),
  )
  const from = parts.flatMap(({ item, isZeros }) => (isZeros ? [] : item!.from))
  return [[substitute(rule.as, wildcard), { from, tensor }]]
}

/** All present, with the same type and shape except for the first axis. */
function fitTogether(tensors: readonly (Tensor | undefined)[]): tensors is readonly Tensor[] {
  const [first] = tensors
  return tensors.every(
    tensor =>
      tensor !== undefined &&
      tensor.dtype === first!.dtype &&
      tensor.shape.length > 0 &&
      String(tensor.shape.slice(1)) === String(first!.shape.slice(1)),
  )
}
