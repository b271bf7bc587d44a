/** Rules that spell a network: from the names of one code base to those of another, and its tensors in the order that those have. */
import { elementCount } from '../tensor/tensor.ts'
import { type Reorder, reorderedShape, whyNotReordered } from '../tensor/view.ts'
import type { DropRule, Pattern } from './rules.ts'

/**
 * What becomes of the tensors whose name a pattern matches. The first rule that matches decides; no rule sees another's result. In
 * names that a rule gives, `*` is what the pattern's `*` stood for. Tensors are renamed, left out, reordered, joined and split:
 * nothing is computed.
 */
export type NamingRule = RenameRule | JoinRule | SplitRule | DropRule

/** Tensors to keep, and their new names. */
export interface RenameRule {
  readonly keep: Pattern
  readonly as: string
  readonly reorder?: Reordering
}

/**
 * Tensors that become one, behind each other along the first axis. All patterns have the same `*`; where one of the tensors is not
 * there, the others have no fate.
 */
export interface JoinRule {
  readonly join: readonly (Pattern | Zeros)[]
  readonly as: string
}

/** As many zeros as a tensor has elements: the bias of keys, which some networks leave out because it has no effect. */
export interface Zeros {
  readonly zerosLike: Pattern
}

/** A tensor that becomes several: equal parts along its first axis, in this order. */
export interface SplitRule {
  readonly split: Pattern
  readonly as: readonly string[]
}

/**
 * The same elements in another order or shape: `Reorder`, and what is merged then. A tensor that cannot be split so stays as it is,
 * and the verification reports its shape.
 */
export interface Reordering extends Reorder {
  /** How many of the permuted factors make each axis of the result; 0 is an axis of one element. */
  readonly merge: readonly number[]
}

/** A weight and its bias. */
export function both(keep: string, as: string): readonly RenameRule[] {
  return ['weight', 'bias'].map(part => ({ keep: `${keep}.${part}`, as: `${as}.${part}` }))
}

/** The shape that a reordering gives; undefined where a tensor of this shape cannot be split so. */
export function mergedShape(shape: readonly number[], reordering: Reordering): number[] | undefined {
  if (whyNotReordered(shape, reordering) !== undefined) return undefined
  const permuted = reorderedShape(shape, reordering)
  let at = 0
  return reordering.merge.map(count => {
    const merged = permuted.slice(at, at + count)
    at += count
    return elementCount(merged)
  })
}

/**
 * The rules that undo others: from the names that those give back to the names that they take. What they drop does not come back.
 * @throws TypeError when they join with zeros: those cannot be told from values
 */
export function inverse(rules: readonly NamingRule[]): readonly NamingRule[] {
  return rules.flatMap(rule => ('drop' in rule ? [] : [inverseOf(rule)]))
}

function inverseOf(rule: RenameRule | JoinRule | SplitRule): NamingRule {
  if ('split' in rule) return { join: rule.as, as: rule.split }
  if ('keep' in rule) {
    const { keep, as, reorder } = rule
    return { keep: as, as: keep, ...(reorder && { reorder: inverseReordering(reorder) }) }
  }
  const parts = rule.join.map(part => {
    if (typeof part === 'string') return part
    throw new TypeError(`${rule.as} is joined with zeros, which cannot be undone`)
  })
  return { split: rule.as, as: parts }
}

function inverseReordering({ split, order, merge }: Reordering): Reordering {
  const factors = split.flat()
  let at = 0
  const merged = merge.map(count => {
    const group = order.slice(at, at + count).map(factor => factors[factor]!)
    at += count
    return group
  })
  return {
    split: merged,
    order: order.map((_, factor) => order.indexOf(factor)),
    merge: split.map(({ length }) => length),
  }
}
