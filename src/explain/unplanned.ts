/** Why there is no plan for a section's tensors, and what to do. */

import { count } from '../bytes/count.ts'
import { firstFew } from '../bytes/text.ts'
import { BY_HAND } from '../convert/custom-rules.ts'
import { findRule, type Rule } from '../rename/rules.ts'
import { withoutWrapper } from '../rename/wrappers.ts'
import { adviseByHand } from './by-hand.ts'
import { ruleInWords } from './custom-rules.ts'
import type { Context, Explanation, RefusalOf } from './explanation.ts'
import { adviseOnUnknown } from './with-drops.ts'

const SHOWN = 10

/** Some tensors match no rule. */
export function unknownTensors(
  { method, section, names }: RefusalOf<'unknownTensors'>,
  context: Context,
): Explanation {
  const { source } = context.checkpoint
  const shown = firstFew(names, SHOWN)
  const fit = names.length === 1 ? 'fits' : 'fit'
  const known = context.knowledge.methods.find(({ name }) => name === method.name)
  return [
    `${source}: ${count(names.length, 'tensor')} ${fit} none of ${method.name === BY_HAND ? 'the custom rules' : `the rules of method ${method.name}`}: ${shown}.`,
    method.name === BY_HAND
      ? [{ say: 'Add rules that keep or drop them. To drop all the rest, end with', use: [{ drop: '*' }] }]
      : (adviseOnUnknown(context, known, section, names) ??
        adviseByHand(context, new Map([[section.path, section.state]]))),
    { method: method.name, unmatched: names },
  ]
}

/** Which custom rules are the reason that nothing is kept. */
export function nothingKept(
  { method, section: { path, state } }: RefusalOf<'nothingKept'>,
  context: Context,
): Explanation {
  const { source } = context.checkpoint
  const keeps = method.rules.filter(rule => 'keep' in rule)
  const names = [...state.keys()]
  const idle = keeps.filter(rule => names.every(name => findRule([rule], name) === undefined))
  const words = (rules: readonly Rule[]): string => rules.map(rule => ruleInWords(method, rule)).join(', ')
  const details = { kept: [], names: names.slice(0, 100) }
  if (idle.length < keeps.length)
    return [
      `${source}: the rules do not keep any tensor: an earlier rule matches what ${words(keeps.filter(rule => !idle.includes(rule)))} would keep, or the rule belongs to another network.`,
      'The first rule that matches decides: keep before you drop.',
      details,
    ]
  return [
    `${source}: the rules do not keep any tensor: no tensor of ${path === '' ? 'the top level' : `section '${path}'`} matches ${words(idle)}.`,
    [`Its tensors are ${firstFew(names)}.`, ...adviseByHand(context, new Map([[path, state]]))],
    details,
  ]
}

/** A tensor to keep whose values cannot be read. */
export function unreadable(
  { name, tensor }: RefusalOf<'unreadable'>,
  { checkpoint: { source } }: Context,
): Explanation {
  return [
    `${source}: the tensor ${name} is ${tensor.unreadable}, so it cannot be copied.`,
    'Convert it to a plain dense tensor in PyTorch and save the checkpoint again.',
    { name },
  ]
}

/** A head was requested, but no tensor belongs to one. */
export function noHead({ method }: RefusalOf<'noHead'>, { checkpoint: { source } }: Context): Explanation {
  return [
    `${source} has no head of method ${method.name} that could be kept as fc.*.`,
    [{ leaveOut: 'keepHead' }],
    { method: method.name },
  ]
}

/** Two tensors of a section would get the same name. */
export function sameName(
  { method, as, from }: RefusalOf<'sameName'>,
  { checkpoint: { source } }: Context,
): Explanation {
  return [
    `${source}: two tensors would get the name ${as}: ${from.join(' and ')}.`,
    whySameName(from, method),
    { duplicate: { as, from } },
  ]
}

function whySameName(
  [before, name]: readonly [string, string],
  method: RefusalOf<'sameName'>['method'],
): string {
  const [first, second] = [before, name].map(one => findRule(method.rules, one)?.rule)
  if (first && first === second && 'keep' in first && !first.as.includes('*'))
    return `${ruleInWords(method, first)} gives the same name to everything that it matches: put a * in the name, or match a single tensor.`
  if (withoutWrapper(before) === withoutWrapper(name))
    return 'They differ only in wrappers (module., _orig_mod.): the checkpoint contains the network twice. Write rules with the full name of one of them.'
  return 'The checkpoint contains the network twice: choose another method, or write rules that keep one of them.'
}
