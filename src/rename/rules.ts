/** Finds the rule for a name. */
import { oncePer } from '../bytes/once-per.ts'
import { matcher } from './pattern.ts'
import { readingsOf } from './wrappers.ts'

/**
 * Literal text with at most one `*`, which matches any text, including none. A leading `module.` (DataParallel) is removed
 * from names before matching, so patterns never contain it.
 */
export type Pattern = string

/**
 * What to do with tensors whose names match a pattern. The first matching rule applies; rules do not see each other's
 * results. In `as` and `head`, `*` stands for what the pattern's `*` matched.
 */
export type Rule = KeepRule | DropRule

/** Tensors to keep, and their new names. */
export interface KeepRule {
  readonly keep: Pattern
  readonly as: string
  /** The network that these tensors belong to, if the section has several: the others are dropped. */
  readonly network?: string
}

/** Tensors to drop, with the reason. */
export interface DropRule {
  readonly drop: Pattern
  /** The reason that the report shows: `projection head`, `dictionary of negatives`. */
  readonly because: string
  /** The name that `--keep-head` gives these tensors; without it, they cannot be kept. */
  readonly head?: string
  /** The name of these tensors in the pretrained detector, if a part of it besides the backbone is requested. */
  readonly part?: string
  /** The network that the head belongs to, if there are several: it is only kept with that network. */
  readonly network?: string
}

/** A rule, and the text that the `*` of its pattern matches. */
export interface FoundRule {
  readonly rule: Rule
  readonly wildcard: string
}

/** The first rule that matches any reading of a name: the order of rules takes precedence over that of readings. */
export function findRule(rules: readonly Rule[], name: string): FoundRule | undefined {
  const matchers = matchersOf(rules)
  const readings = readingsOf(name)
  for (let at = 0; at < matchers.length; at++)
    for (const reading of readings) {
      const wildcard = matchers[at]!(reading)
      if (wildcard !== undefined) return { rule: rules[at]!, wildcard }
    }
  return undefined
}

/** The rules of a method are compared with all names, so their patterns are only parsed once. */
const matchersOf = oncePer((rules: readonly Rule[]) => rules.map(rule => matcher(patternOf(rule))))

/** What wrappers add to a network's tensors: SWA's AveragedModel counts (torch/optim/swa_utils.py). */
const OF_WRAPPERS: readonly Rule[] = [{ drop: 'n_averaged', because: 'counter of averaging steps' }]

const withWrappers = oncePer((rules: readonly Rule[]): readonly Rule[] => [...OF_WRAPPERS, ...rules])

/** The rule for a name: a method's, or one for the network's wrapper. */
export function decidingRule(rules: readonly Rule[], name: string): FoundRule | undefined {
  return findRule(withWrappers(rules), name)
}

/** The pattern of a rule. */
export function patternOf(rule: Rule): string {
  return 'keep' in rule ? rule.keep : rule.drop
}
