/** Checks whether a method matches a section of a checkpoint: its signature, and its rules for every name. */
import { squashed } from '../bytes/find-by-name.ts'
import type { Family } from '../families/family.ts'
import { someMatches, spellingOf, unspelled } from '../families/spelling.ts'
import type { Method, Network } from '../methods/method.ts'
import { matcher, substitute } from '../rename/pattern.ts'
import { decidingRule } from '../rename/rules.ts'
import { withoutWrapper } from '../rename/wrappers.ts'
import type { Checkpoint, StateDict } from '../tensor/tensor.ts'
import type { Recognition } from './knowledge.ts'

/** The method and network of a checkpoint, and the section that contains it. */
export interface Match {
  readonly method: Method
  /** Missing if the method has only one network, or if it is unknown which of its networks this is. */
  readonly network?: Network
  readonly section: string
  readonly state: StateDict
  readonly by: MatchedBy
  /** For a file that this program wrote: the method of its source, as stored in the file. */
  readonly pretrainedBy?: Method
}

/** Why a method was chosen: its signature was found, in a usual section or `elsewhere`; the caller named it; or its rules were given. */
export type MatchedBy = 'signature' | 'elsewhere' | 'said' | 'given'

/** Which part of a checkpoint is looked at, as far as it was said. */
export interface Part {
  readonly network?: string | undefined
  readonly section?: string | undefined
}

/** The methods that fit in the section that was said, or in one of those that they usually have. */
export function matchesIn(checkpoint: Checkpoint, { methods, families }: Recognition, part: Part): Match[] {
  return methods.flatMap(method => matchMethod(checkpoint, method, families, part) ?? [])
}

/**
 * A method fits when each pattern of its signature is found in a section, every tensor there has a fate, and what is kept is one
 * network in a spelling that is known, to the last name.
 */
function matchMethod(
  checkpoint: Checkpoint,
  method: Method,
  families: readonly Family[],
  part: Part,
): Match | undefined {
  const isElsewhere = part.section !== undefined && !knownSections(method).has(part.section)
  if (!hasNetwork(method, part.network) || (isElsewhere && isToldBySection(method))) return undefined
  const section = sectionsOf(method, part).find(path =>
    fits(method, families, checkpoint, { ...part, section: path }),
  )
  return section === undefined ? undefined : matchOf(checkpoint, method, { ...part, section }, 'signature')
}

/** The fewest tensors that a backbone has: ResNet-18's 20 convolutions, each with four vectors of its normalisation. */
const SMALLEST = 20 * 5

/**
 * The methods that fit where they usually are not. Sections of their other networks are left out: which network it is to be is
 * for people to say.
 */
export function matchesElsewhere(
  checkpoint: Checkpoint,
  { methods, families }: Recognition,
  { network }: Part,
): Match[] {
  const seen = new Set<StateDict>()
  const found: Match[] = []
  for (const [section, state] of checkpoint.sections) {
    if (state.size < SMALLEST || seen.has(state)) continue
    seen.add(state)
    for (const method of methods) {
      if (!hasNetwork(method, network) || isToldBySection(method) || knownSections(method).has(section))
        continue
      if (fits(method, families, checkpoint, { network, section }))
        found.push(matchOf(checkpoint, method, { network, section }, 'elsewhere'))
    }
  }
  return found
}

/** Networks that fit and are not the ones that are taken unless others are asked for. */
export function matchesOfOtherNetworks(checkpoint: Checkpoint, { methods, families }: Recognition): Match[] {
  return methods.flatMap(method =>
    (method.networks ?? [])
      .slice(1)
      .flatMap(({ name }) => matchMethod(checkpoint, method, families, { network: name }) ?? []),
  )
}

function fits(
  method: Method,
  families: readonly Family[],
  checkpoint: Checkpoint,
  part: Part & { readonly section: string },
): boolean {
  const state = checkpoint.sections.get(part.section)
  return (
    state !== undefined &&
    missingSignature(method, state).length === 0 &&
    unknownNames(method, families, checkpoint, part, 1).length === 0
  )
}

/**
 * Names of a section that a method does not know: no rule of it matches them, or it keeps them and they are not of the network that
 * the others are of. Where it keeps no network that is known, these are all that it keeps; and where it keeps nothing, all names.
 * @param enough how many that no rule matches say enough: the rest is not looked at
 */
export function unknownNames(
  method: Method,
  families: readonly Family[],
  { sections, nonTensors }: Pick<Checkpoint, 'sections' | 'nonTensors'>,
  part: Part & { readonly section: string },
  enough = Number.POSITIVE_INFINITY,
): readonly string[] {
  const network = chooseNetwork(method, part)?.name
  const state = sections.get(part.section)!
  const unmatched: string[] = []
  const kept = new Map<string, string>()
  // What should be a tensor and is not tells the network as well: the verification says what is wrong with it.
  const others = nonTensors?.get(part.section)?.keys() ?? []
  for (const name of [...state.keys(), ...others]) {
    const found = decidingRule(method.rules, name)
    if (!found && state.has(name)) unmatched.push(name)
    if (unmatched.length >= enough) return unmatched
    if (found && 'keep' in found.rule && isOf(found.rule.network, network))
      kept.set(substitute(found.rule.as, found.wildcard), name)
  }
  if (kept.size === 0) return [...state.keys()]
  const names = new Set(kept.keys())
  const spelt = spellingOf(names, families)
  const strange = spelt ? unspelled(spelt.spelling, names) : [...names]
  return [...unmatched, ...strange.map(name => kept.get(name)!)]
}

/** Where nothing says which of the networks it is, all of them count. */
function isOf(network: string | undefined, chosen: string | undefined): boolean {
  return network === undefined || chosen === undefined || network === chosen
}

/** Methods with one network pass here: a network that was given is refused when one of them is chosen. */
function hasNetwork(method: Method, network: string | undefined): boolean {
  return network === undefined || !method.networks || method.networks.some(isNamed(network))
}

/**
 * Some code bases save a plain network under a key of their own: elsewhere, nothing says that it is theirs, unless its signature is
 * of what they drop.
 */
function isToldBySection({ sections, signature, rules, within = '' }: Method): boolean {
  const isPlain = rules.every(rule => !('keep' in rule) || rule.keep === within + rule.as)
  const isOfDropped = (pattern: string): boolean =>
    rules.some(rule => 'drop' in rule && matcher(rule.drop)(pattern) !== undefined)
  return !sections.includes('') && isPlain && !signature.some(isOfDropped)
}

/** Of matches that come to the same, the one that demands the most, or the first. */
export function distinct(matches: readonly Match[]): readonly Match[] {
  if (matches.length < 2) return matches
  const demands = ({ method }: Match): number => method.signature.length
  const byDemands = [...matches].sort((a, b) => demands(b) - demands(a))
  return byDemands.filter((match, index) => !byDemands.slice(0, index).some(other => isTheSame(match, other)))
}

/** The same tensors under the same names, of images normalised alike. */
function isTheSame(a: Match, b: Match): boolean {
  return (
    a.state === b.state &&
    a.method.normalisation === b.method.normalisation &&
    a.method.heads === b.method.heads &&
    keptBy(a) === keptBy(b)
  )
}

function keptBy({ method, network, state }: Match): string {
  return [...state.keys()]
    .flatMap(name => {
      const found = decidingRule(method.rules, name)
      if (!found || !('keep' in found.rule) || !isOf(found.rule.network, network?.name)) return []
      return [`${name} ${substitute(found.rule.as, found.wildcard)}`]
    })
    .join('\n')
}

/** Every section where a method may have one of its networks. */
export function knownSections(method: Method): ReadonlySet<string> {
  return new Set([...method.sections, ...(method.networks ?? []).flatMap(({ sections }) => sections ?? [])])
}

/** A method with a section that is there. */
export function matchOf(
  checkpoint: Checkpoint,
  method: Method,
  part: Part & { readonly section: string },
  by: MatchedBy,
): Match {
  const { section } = part
  const network = chooseNetwork(method, part)
  const base = { method, section, state: checkpoint.sections.get(section)!, by }
  return network ? { ...base, network } : base
}

/** Sections to look in, the best first. */
export function sectionsOf(method: Method, { network, section }: Part): readonly string[] {
  if (section !== undefined) return [section]
  const chosen = network === undefined ? method.networks?.[0] : method.networks?.find(isNamed(network))
  return chosen?.sections ?? method.sections
}

/** Whether a network was given that a method does not have. */
export function lacksNetwork(method: Method, network: string | undefined): network is string {
  return network !== undefined && !method.networks?.some(isNamed(network))
}

/**
 * The network that was given, or that a section is known to hold, or the default.
 * @returns undefined when there is only one, or none of that name, or the section could hold any
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
  return networks?.find(isNamed(name))
}

/** Names as people type them: `Key`. */
function isNamed(wanted: string): (network: Network) => boolean {
  return ({ name }) => squashed(name) === squashed(wanted)
}

/** Patterns of a method's signature that no name of a section matches. */
export function missingSignature(method: Method, state: StateDict): string[] {
  const names = bareNames(state)
  const missing = method.signature.filter(pattern => !someMatches(pattern, names))
  return hasRows(method, state) ? missing : [...missing, method.rows!.of]
}

/** Whether a tensor has as many rows as the method says. */
function hasRows({ rows }: Method, state: StateDict): boolean {
  if (!rows) return true
  const [count, columns] = (state.get(rows.of) ?? state.get(`module.${rows.of}`))?.shape ?? []
  return (count === (rows.are === 'columns' ? columns : rows.are)) !== (rows.not === true)
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
