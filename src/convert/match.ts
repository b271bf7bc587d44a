/** Checks whether a method matches a section of a checkpoint: its signature, and its rules for every name. */
import { squashed } from '../bytes/find-by-name.ts'
import { oncePer } from '../bytes/once-per.ts'
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

/** The part of a checkpoint to look at, as far as it was given. */
export interface Part {
  readonly network?: string | undefined
  readonly section?: string | undefined
}

/** The methods that match in the given section, or in one where they usually have their network. */
export function matchesIn(checkpoint: Checkpoint, { methods, families }: Recognition, part: Part): Match[] {
  return methods.flatMap(method => matchMethod(checkpoint, method, families, part) ?? [])
}

/**
 * A method matches if each pattern of its signature is found in a section, every tensor there has a fate, and the kept
 * tensors are one network in a known spelling, with no name left over.
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

/** The smallest backbone: ResNet-18's 20 convolutions, each with four vectors of its normalisation. */
const SMALLEST = 20 * 5

/**
 * Methods that match outside their usual sections. Sections of their other networks are left out: the user must say which
 * network to take.
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

/** Networks that match, but are only taken on request. */
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
 * Names in a section that a method does not know: no rule matches them, or they are kept but do not belong to the same
 * network as the others. If no known network is kept, all kept names; if nothing is kept, all names.
 * @param enough stop after this many names without a rule
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
  // Names of non-tensors help to identify the network, too; the verification reports what is wrong with them.
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

/** If it is not known which network this is, all of them count. */
function isOf(network: string | undefined, chosen: string | undefined): boolean {
  return network === undefined || chosen === undefined || network === chosen
}

/** Methods with one network pass here: a given network is refused when one of them is chosen. */
function hasNetwork(method: Method, network: string | undefined): boolean {
  return network === undefined || !method.networks || method.networks.some(isNamed(network))
}

/**
 * Some code bases save a plain network under their own key. In other sections nothing shows that it is theirs, unless their
 * signature is among the tensors that they drop.
 */
function isToldBySection({ sections, signature, rules, within = '' }: Method): boolean {
  const isPlain = rules.every(rule => !('keep' in rule) || rule.keep === within + rule.as)
  const isOfDropped = (pattern: string): boolean =>
    rules.some(rule => 'drop' in rule && matcher(rule.drop)(pattern) !== undefined)
  return !sections.includes('') && isPlain && !signature.some(isOfDropped)
}

/** Among equivalent matches, keeps the most specific one, or the first. */
export function distinct(matches: readonly Match[]): readonly Match[] {
  if (matches.length < 2) return matches
  const demands = ({ method }: Match): number => method.signature.length
  const byDemands = [...matches].sort((a, b) => demands(b) - demands(a))
  return byDemands.filter((match, index) => !byDemands.slice(0, index).some(other => isTheSame(match, other)))
}

/** The same tensors under the same names, and the same normalisation of images. */
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

/** Every section where a method may store one of its networks. */
export function knownSections(method: Method): ReadonlySet<string> {
  return new Set([...method.sections, ...(method.networks ?? []).flatMap(({ sections }) => sections ?? [])])
}

/** A match of a method and an existing section. */
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

/** Whether the given network does not exist in a method. */
export function lacksNetwork(method: Method, network: string | undefined): network is string {
  return network !== undefined && !method.networks?.some(isNamed(network))
}

/**
 * The given network, the one usually in the section, or the default.
 * @returns undefined if there is only one, none has this name, or the section could contain any
 */
export function chooseNetwork(method: Method, { network: name, section }: Part): Network | undefined {
  const { networks } = method
  if (name === undefined) {
    if (section === undefined || !networks || method.sections.includes(section)) return networks?.[0]
    const there = networks.find(({ sections }) => sections?.includes(section))
    // Networks that are told apart by rules are in the same section, so the default is there, too.
    const toldByRules = method.rules.some(({ network }) => network !== undefined)
    return there ?? (toldByRules ? networks[0] : undefined)
  }
  return networks?.find(isNamed(name))
}

/** Ignores case, like `Key`. */
function isNamed(wanted: string): (network: Network) => boolean {
  return ({ name }) => squashed(name) === squashed(wanted)
}

/** Patterns of a method's signature that no name of a section matches. */
export function missingSignature(method: Method, state: StateDict): string[] {
  const names = bareNames(state)
  const missing = method.signature.filter(pattern => !someMatches(pattern, names))
  return hasRows(method, state) ? missing : [...missing, method.rows!.of]
}

/** Whether a tensor has the number of rows that the method requires. */
function hasRows({ rows }: Method, state: StateDict): boolean {
  if (!rows) return true
  const [count, columns] = (state.get(rows.of) ?? state.get(`module.${rows.of}`))?.shape ?? []
  return (count === (rows.are === 'columns' ? columns : rows.are)) !== (rows.not === true)
}

/** Names without wrappers, computed once per section, because all methods use them. */
const bareNames = oncePer(
  (state: StateDict): ReadonlySet<string> => new Set([...state.keys()].map(withoutWrapper)),
)
