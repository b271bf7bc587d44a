/** The fate of every tensor of a section: kept under a name, or dropped with a reason. There is no third. */
import { MismatchError, UnsupportedError, UsageError } from '../errors.ts'
import type { DropRule, KeepRule, Method, Rule } from '../methods/method.ts'
import type { StateDict, Tensor } from '../tensor/tensor.ts'
import { matcher, substitute } from './pattern.ts'

/** The name of a method that a person put together. */
export const BY_HAND = 'by hand'

/** What becomes of one tensor. */
export type Fate = Kept | Dropped

/** A tensor that is written. */
export interface Kept {
  /** As the checkpoint has it. */
  readonly name: string
  readonly tensor: Tensor
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

/** The fates of all tensors of a section, in its order. */
export interface Plan {
  readonly fates: readonly Fate[]
  /** What will be written, by its new names. */
  readonly kept: StateDict
  /** Names among `kept` that belong to a head. */
  readonly head: ReadonlySet<string>
}

/** What a plan depends on beside the method. */
export interface PlanOptions {
  /** The network to keep, where the method has several. */
  readonly network?: string | undefined
  readonly keepHead?: boolean | undefined
}

/** DataParallel wraps a model in an object whose only child is `module`; patterns are written without it. */
export function withoutWrapper(name: string): string {
  return name.startsWith('module.') ? name.slice('module.'.length) : name
}

/**
 * Applies the rules of a method to every name of a section; reads no values.
 * @throws MismatchError when a tensor matches no rule, or two would get the same name
 * @throws UnsupportedError when a tensor to keep has no dense values
 * @throws UsageError when a head was asked for and there is none
 */
export function planSection(
  method: Pick<Method, 'name' | 'rules'>,
  section: StateDict,
  options: PlanOptions,
): Plan {
  const fates: Fate[] = []
  const unmatched: string[] = []
  for (const [name, tensor] of section) {
    const fate = decideFate(method.rules, name, tensor, options)
    if (fate) fates.push(fate)
    else unmatched.push(name)
  }
  if (unmatched.length > 0) throw unknownTensors(method.name, unmatched)
  return { fates, ...collectKept(fates, method, options) }
}

/** Names of a section that no rule of a method matches. */
export function unmatchedNames(rules: readonly Rule[], section: StateDict): string[] {
  return [...section.keys()].filter(name => findRule(rules, withoutWrapper(name)) === undefined)
}

function decideFate(
  rules: readonly Rule[],
  name: string,
  tensor: Tensor,
  options: PlanOptions,
): Fate | undefined {
  const found = findRule(rules, withoutWrapper(name))
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

function findRule(
  rules: readonly Rule[],
  name: string,
): { rule: KeepRule | DropRule; stands: string } | undefined {
  for (const rule of rules) {
    const stands = matcher('keep' in rule ? rule.keep : rule.drop)(name)
    if (stands !== undefined) return { rule, stands }
  }
  return undefined
}

function collectKept(
  fates: readonly Fate[],
  method: Pick<Method, 'name'>,
  options: PlanOptions,
): Pick<Plan, 'kept' | 'head'> {
  const kept = new Map<string, Tensor>()
  const from = new Map<string, string>()
  const head = new Set<string>()
  for (const fate of fates) {
    if (!('as' in fate)) continue
    requireReadable(fate)
    const before = from.get(fate.as)
    if (before !== undefined) throw sameName(before, fate)
    from.set(fate.as, fate.name)
    kept.set(fate.as, fate.tensor)
    if (fate.head) head.add(fate.as)
  }
  if (options.keepHead && head.size === 0)
    throw new UsageError(
      `--keep-head: with method ${method.name} there is no head in this checkpoint that could be kept as fc.*.`,
      'Leave --keep-head out.',
    )
  return { kept, head }
}

function requireReadable({ name, tensor }: Kept): void {
  if (tensor.unreadable === undefined) return
  throw new UnsupportedError(
    `The tensor ${name} is ${tensor.unreadable}, so it cannot be copied.`,
    'Convert it to a plain dense tensor in PyTorch and save the checkpoint again.',
  )
}

function sameName(before: string, fate: Kept): MismatchError {
  return new MismatchError(
    `Two tensors would get the name ${fate.as}: ${before} and ${fate.name}.`,
    'The checkpoint holds the network twice: choose another method, or write rules that keep one of them.',
    { duplicate: { as: fate.as, from: [before, fate.name] } },
  )
}

function unknownTensors(method: string, names: readonly string[]): MismatchError {
  const shown = names.slice(0, 10).join(', ')
  const more = names.length > 10 ? ` and ${names.length - 10} more` : ''
  return new MismatchError(
    `${names.length} tensors fit none of the rules of method ${method}: ${shown}${more}.`,
    method === BY_HAND
      ? "Add a --keep or --drop for them; a last --drop '*' drops all the rest."
      : 'The checkpoint may come from another method: try --selfsup auto.',
    { method, unmatched: names },
  )
}
