/** Rules that rename a network from one code base's names to another's, and rearrange its tensors accordingly. */
import { elementCount } from '../tensor/tensor.ts'
import { type Reorder, reorderedShape, whyNotReordered } from '../tensor/view.ts'
import type { DropRule, Pattern } from './rules.ts'

/**
 * What to do with tensors whose names match a pattern. The first matching rule applies; rules do not see each other's
 * results. In new names, `*` stands for what the pattern's `*` matched. Tensors are renamed, dropped, reordered, joined and
 * split; nothing is computed.
 */
export type NamingRule = RenameRule | JoinRule | SplitRule | DropRule

/** Tensors to keep, and their new names. */
export interface RenameRule {
  readonly keep: Pattern
  readonly as: string
  readonly reorder?: Reordering
}

/** Tensors to join along the first axis. All patterns have the same `*`; if one tensor is missing, the others match no rule. */
export interface JoinRule {
  readonly join: readonly (Pattern | Zeros)[]
  readonly as: string
}

/** As many zeros as a tensor has elements: the bias of keys, which some networks omit because it has no effect. */
export interface Zeros {
  readonly zerosLike: Pattern
}

/** A tensor to split into equal parts along its first axis, in this order. */
export interface SplitRule {
  readonly split: Pattern
  readonly as: readonly string[]
}

/**
 * The same elements in another order or shape: a `Reorder`, then merging. A tensor that cannot be split stays unchanged, and
 * the verification reports its shape.
 */
export interface Reordering extends Reorder {
  /** How many of the permuted factors form each axis of the result; 0 means an axis of size 1. */
  readonly merge: readonly number[]
}

/** A weight and its bias. */
export function both(keep: string, as: string): readonly RenameRule[] {
  return ['weight', 'bias'].map(part => ({ keep: `${keep}.${part}`, as: `${as}.${part}` }))
}

/** The shape after reordering; undefined if a tensor of this shape cannot be split. */
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
 * The inverse of rules: from new names back to old ones. Dropped tensors do not come back.
 * @throws TypeError when rules join with zeros, which cannot be distinguished from values
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
