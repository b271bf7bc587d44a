/** Does a method fit a section of a checkpoint? By its signature and its rules, both to the last name. */
import { UsageError } from '../errors.ts'
import { quoteSection } from '../explain/sections.ts'
import type { Family } from '../families/family.ts'
import { someMatches, spellingOf, unspelled } from '../families/spelling.ts'
import type { Method, Network } from '../methods/method.ts'
import { substitute } from '../rename/pattern.ts'
import { decidingRule } from '../rename/rules.ts'
import { withoutWrapper } from '../rename/wrappers.ts'
import type { Checkpoint, StateDict } from '../tensor/tensor.ts'
import type { Knowledge } from './knowledge.ts'

/** Which method and network a checkpoint is of, and which part of it holds them. */
export interface Recognised {
  readonly method: Method
  /** Left out when the method has only one network, or nothing says which of its networks it is. */
  readonly network?: Network
  readonly section: string
  readonly state: StateDict
  /** Why, in one line: which names gave it away. */
  readonly because: string
  /** Of a file that this program wrote: the method that it was made of, by the file's own word. */
  readonly pretrainedBy?: Method
}

/** Which part of a checkpoint is looked at, as far as it was said. */
export interface Part {
  readonly network?: string | undefined
  readonly section?: string | undefined
}

/** The methods that fit in the section that was said, or in one of those that they usually have. */
export function fitting(checkpoint: Checkpoint, known: Known, part: Part): Recognised[] {
  return known.methods.flatMap(method => fitMethod(checkpoint, known.families, method, part) ?? [])
}

/** What recognition rests on. */
export type Known = Pick<Knowledge, 'methods' | 'families'>

/**
 * A method fits when each pattern of its signature is found in a section, every tensor there has a fate, and what is kept of it is
 * one network in a spelling that is known, to the last name.
 */
function fitMethod(
  checkpoint: Checkpoint,
  families: readonly Family[],
  method: Method,
  part: Part,
): Recognised | undefined {
  const isElsewhere = part.section !== undefined && !knownSections(method).has(part.section)
  if (!hasNetwork(method, part.network) || (isElsewhere && isToldBySection(method))) return undefined
  const because = `it has ${method.signature.join(', ')}`
  const section = sectionsOf(method, part).find(path =>
    fits(method, families, checkpoint.sections.get(path), { ...part, section: path }),
  )
  return section === undefined ? undefined : recognised(checkpoint, method, { ...part, section }, because)
}

/** The fewest tensors that a backbone has: ResNet-18's 20 convolutions, each with four vectors of its normalisation. */
const SMALLEST = 20 * 5

/**
 * The methods that fit where they usually are not. Sections of their other networks are left out: which network it is to be is
 * for people to say.
 */
export function fittingElsewhere(
  checkpoint: Checkpoint,
  { methods, families }: Known,
  { network }: Part,
): Recognised[] {
  const seen = new Set<StateDict>()
  const found: Recognised[] = []
  for (const [section, state] of checkpoint.sections) {
    if (state.size < SMALLEST || seen.has(state)) continue
    seen.add(state)
    for (const method of methods) {
      if (!hasNetwork(method, network) || isToldBySection(method) || knownSections(method).has(section))
        continue
      if (!fits(method, families, state, { network, section })) continue
      const because = `it has ${method.signature.join(', ')}; ${quoteSection(section)} is not where ${method.name} usually has it`
      found.push(recognised(checkpoint, method, { network, section }, because))
    }
  }
  return found
}

/** Networks that fit and are not the ones that are taken unless others are asked for. */
export function fittingNetworks(checkpoint: Checkpoint, { methods, families }: Known): Recognised[] {
  return methods.flatMap(method =>
    (method.networks ?? [])
      .slice(1)
      .flatMap(({ name }) => fitMethod(checkpoint, families, method, { network: name }) ?? []),
  )
}

function fits(
  method: Method,
  families: readonly Family[],
  state: StateDict | undefined,
  part: Part,
): boolean {
  return (
    state !== undefined &&
    missingSignature(method, state).length === 0 &&
    unknownNames(method, families, state, part).length === 0
  )
}

/**
 * Names of a section that a method does not know: no rule of it matches them, or it keeps them and they are not of the network that
 * the others are. Where it keeps no network that is known, that is all that it keeps, and a word if it keeps nothing.
 */
export function unknownNames(
  method: Method,
  families: readonly Family[],
  state: StateDict,
  part: Part,
): readonly string[] {
  const network = chooseNetwork(method, part)?.name
  const unmatched: string[] = []
  const kept = new Map<string, string>()
  for (const name of state.keys()) {
    const found = decidingRule(method.rules, name)
    if (!found) unmatched.push(name)
    else if ('keep' in found.rule && isOf(found.rule.network, network))
      kept.set(substitute(found.rule.as, found.stands), name)
  }
  const names = new Set(kept.keys())
  const spelt = spellingOf(names, families)
  const strange = spelt ? unspelled(spelt.spelling, names) : names
  return [
    ...unmatched,
    ...[...strange].map(name => kept.get(name)!),
    ...(names.size === 0 ? ['a network'] : []),
  ]
}

/** Where nothing says which of the networks it is, all of them count. */
function isOf(network: string | undefined, chosen: string | undefined): boolean {
  return network === undefined || chosen === undefined || network === chosen
}

/** Methods with one network pass over `--network` here: it is told when one of them is chosen. */
function hasNetwork(method: Method, network: string | undefined): boolean {
  return network === undefined || !method.networks || method.networks.some(({ name }) => name === network)
}

/** Some code bases save a plain ResNet under a key of their own: elsewhere, nothing says that it is theirs. */
function isToldBySection({ sections, rules }: Method): boolean {
  return !sections.includes('') && rules.every(rule => !('keep' in rule) || rule.keep === rule.as)
}

/** Every section where a method may have one of its networks. */
export function knownSections(method: Method): ReadonlySet<string> {
  return new Set([...method.sections, ...(method.networks ?? []).flatMap(({ sections }) => sections ?? [])])
}

/** @throws UsageError when the method has no such network */
export function recognised(
  checkpoint: Checkpoint,
  method: Method,
  part: Part & { readonly section: string },
  because: string,
): Recognised {
  const { section } = part
  const network = chooseNetwork(method, part)
  const base = { method, section, state: checkpoint.sections.get(section)!, because }
  return network ? { ...base, network } : base
}

/** Sections to look in, the best first. */
export function sectionsOf(method: Method, { network, section }: Part): readonly string[] {
  if (section !== undefined) return [section]
  const chosen = method.networks?.find(({ name }) => network === undefined || name === network)
  return chosen?.sections ?? method.sections
}

/**
 * The network that was said, or that a section is known to hold, or the default.
 * @returns undefined when there is only one, or the section could hold any
 * @throws UsageError when the method has no such network
 */
export function chooseNetwork(method: Method, { network: name, section }: Part): Network | undefined {
  const { networks } = method
  if (name === undefined) {
    if (section === undefined || !networks || method.sections.includes(section)) return networks?.[0]
    const there = networks.find(({ sections }) => sections?.includes(section))
    // Where rules tell the networks apart, they lie in one section, and the default is there too.
    const toldByRules = method.rules.some(({ network }) => network !== undefined)
    return there ?? (toldByRules ? networks[0] : undefined)
  }
  const found = networks?.find(network => network.name === name)
  if (found) return found
  const names = networks?.map(network => network.name) ?? []
  throw new UsageError(
    `Method ${method.name} has no network '${name}'.`,
    names.length > 0 ? `It has: ${names.join(', ')}.` : 'It has only one network: leave --network out.',
  )
}

/** Patterns of a method's signature that no name of a section matches. */
export function missingSignature(method: Method, state: StateDict): string[] {
  const names = bareNames(state)
  return method.signature.filter(pattern => !someMatches(pattern, names))
}

/** Names without a wrapper, made once for every section: all methods look at them. */
const bare = new WeakMap<StateDict, ReadonlySet<string>>()

function bareNames(state: StateDict): ReadonlySet<string> {
  const known = bare.get(state)
  if (known) return known
  const names = new Set([...state.keys()].map(withoutWrapper))
  bare.set(state, names)
  return names
}
