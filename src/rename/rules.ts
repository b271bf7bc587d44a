/** Finds the rule for a name. */
import { type Matcher, matcher } from './pattern.ts'
import { readingsOf } from './wrappers.ts'

/**
 * Literal text with at most one `*`, which stands for any run of characters, also none.
 * A leading `module.` (DataParallel) is stripped from tensor names before patterns see them, so patterns never carry it.
 */
export type Pattern = string

/**
 * What becomes of the tensors whose name a pattern matches. The first rule that matches decides; no rule sees
 * another's result. In `as` and `head`, `*` is what the pattern's `*` stood for.
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
  /** The name under which `--keep-head` keeps these tensors; without it they cannot be kept. */
  readonly head?: string
  /** The name that these tensors have in the detector that was pretrained, where a part of it beyond the backbone is asked for. */
  readonly part?: string
  /** The network that the head belongs to, if there are several: it is only kept with that network. */
  readonly network?: string
}

/** A rule, and the text that the `*` of its pattern matches. */
export interface FoundRule {
  readonly rule: Rule
  readonly wildcard: string
}

/** The first rule that matches any reading of a name: the order of the rules decides before that of the readings. */
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

/** The rules of a method are compared with every name of a checkpoint, and their patterns parsed once. */
const matchers = new WeakMap<readonly Rule[], readonly Matcher[]>()

function matchersOf(rules: readonly Rule[]): readonly Matcher[] {
  const before = matchers.get(rules)
  if (before) return before
  const made = rules.map(rule => matcher(patternOf(rule)))
  matchers.set(rules, made)
  return made
}

/** What a wrapper adds to the tensors of a network: SWA's AveragedModel counts (torch/optim/swa_utils.py). */
const OF_WRAPPERS: readonly Rule[] = [{ drop: 'n_averaged', because: 'counter of averaging steps' }]

const withWrappers = new WeakMap<readonly Rule[], readonly Rule[]>()

/** The rule of a method that decides about a name, or the one of a wrapper that the network came in. */
export function decidingRule(rules: readonly Rule[], name: string): FoundRule | undefined {
  const all = withWrappers.get(rules) ?? [...OF_WRAPPERS, ...rules]
  withWrappers.set(rules, all)
  return findRule(all, name)
}

/** The pattern that says which names a rule is about. */
export function patternOf(rule: Rule): string {
  return 'keep' in rule ? rule.keep : rule.drop
}
