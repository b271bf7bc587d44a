/** Why the tensors of a section have no plan, and what to do about it. */
import { count } from '../bytes/count.ts'
import { MismatchError, UnsupportedError } from '../errors.ts'
import type { Method } from '../methods/method.ts'
import type { Rule } from '../rename/rules.ts'
import { BY_HAND, findRule, ruleInWords } from '../rename/rules.ts'
import { withoutWrapper } from '../rename/wrappers.ts'
import type { StateDict } from '../tensor/tensor.ts'
import { adviseByHand } from './find-backbone.ts'
import { inFile } from './sections.ts'

/** What messages say of where a section is. */
export interface Whereabouts {
  /** The file, as messages name it. */
  readonly source?: string | undefined
  /** The path of the section in the file. */
  readonly path?: string | undefined
}

type Rules = Pick<Method, 'name' | 'rules'>

const SHOWN = 10

/** Some tensors match no rule. */
export function unknownTensors(
  method: Rules,
  names: readonly string[],
  section: StateDict,
  { source, path = '' }: Whereabouts,
): MismatchError {
  const shown = names.slice(0, SHOWN).join(', ')
  const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : ''
  const fit = names.length === 1 ? 'fits' : 'fit'
  return new MismatchError(
    `${inFile(source)}${count(names.length, 'tensor')} ${fit} none of the rules of method ${method.name}: ${shown}${more}.`,
    method.name === BY_HAND
      ? "Add a --keep or --drop for them; a last --drop '*' drops all the rest."
      : adviseByHand(new Map([[path, section]]), source),
    { method: method.name, unmatched: names },
  )
}

/** Rules by hand that leave nothing: which of them are to blame. */
export function nothingKept(method: Rules, section: StateDict, where: Whereabouts): MismatchError {
  const { source, path = '' } = where
  const keeps = method.rules.filter(rule => 'keep' in rule)
  const names = [...section.keys()]
  const idle = keeps.filter(rule => names.every(name => findRule([rule], name) === undefined))
  const words = (rules: readonly Rule[]): string => rules.map(rule => ruleInWords(method, rule)).join(', ')
  if (idle.length < keeps.length)
    return new MismatchError(
      `${inFile(source)}the rules keep nothing: what ${words(keeps.filter(rule => !idle.includes(rule)))} would keep is decided before, or is of another network.`,
      'The first rule that matches decides: put --keep before --drop.',
      { kept: [], names: names.slice(0, 100) },
    )
  return new MismatchError(
    `${inFile(source)}the rules keep nothing: no tensor of ${path === '' ? 'the top level' : `section '${path}'`} matches ${words(idle)}.`,
    [
      `Its tensors are ${names.slice(0, 3).join(', ')}, ….`,
      ...adviseByHand(new Map([[path, section]]), source),
    ],
    { kept: [], names: names.slice(0, 100) },
  )
}

/** A tensor to keep whose values cannot be had. */
export function unreadableTensor(
  { name, tensor }: { readonly name: string; readonly tensor: { readonly unreadable?: string } },
  { source }: Whereabouts,
): UnsupportedError {
  return new UnsupportedError(
    `${inFile(source)}the tensor ${name} is ${tensor.unreadable}, so it cannot be copied.`,
    'Convert it to a plain dense tensor in PyTorch and save the checkpoint again.',
  )
}

/** Two tensors of a section that would be written under one name. */
export function sameName(
  before: string,
  fate: { readonly name: string; readonly as: string },
  method: Rules,
  { source }: Whereabouts,
): MismatchError {
  return new MismatchError(
    `${inFile(source)}two tensors would get the name ${fate.as}: ${before} and ${fate.name}.`,
    whySameName(before, fate.name, method),
    { duplicate: { as: fate.as, from: [before, fate.name] } },
  )
}

function whySameName(before: string, name: string, method: Rules): string {
  const [first, second] = [before, name].map(one => findRule(method.rules, one)?.rule)
  if (first && first === second && 'keep' in first && !first.as.includes('*'))
    return `${ruleInWords(method, first)} gives one name to all that it matches: put a * in the name, or match a single tensor.`
  if (withoutWrapper(before) === withoutWrapper(name))
    return 'They differ only in wrappers (module., _orig_mod.): the checkpoint holds the network twice. Write rules that have the whole name of one of them.'
  return 'The checkpoint holds the network twice: choose another method, or write rules that keep one of them.'
}
