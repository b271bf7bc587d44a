/** Does a method fit a section of a checkpoint? By its signature and its rules, both to the last name. */
import { findByName, squashed } from '../bytes/find-by-name.ts'
import { UsageError } from '../errors.ts'
import { quoteSection } from '../explain/sections.ts'
import type { Method, Network } from '../methods/method.ts'
import { matcher } from '../rename/pattern.ts'
import { unmatchedNames } from '../rename/rules.ts'
import { withoutWrapper } from '../rename/wrappers.ts'
import type { Checkpoint, StateDict } from '../tensor/tensor.ts'

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
export function fitting(checkpoint: Checkpoint, methods: readonly Method[], part: Part): Recognised[] {
  return methods.flatMap(method => fitMethod(checkpoint, method, part) ?? [])
}

/** A method fits when each pattern of its signature is found in a section, and every tensor there has a fate. */
function fitMethod(checkpoint: Checkpoint, method: Method, part: Part): Recognised | undefined {
  const isElsewhere = part.section !== undefined && !knownSections(method).has(part.section)
  if (!hasNetwork(method, part.network) || (isElsewhere && isToldBySection(method))) return undefined
  const because = `it has ${method.signature.join(', ')}`
  const section = sectionsOf(method, part).find(path => fits(method, checkpoint.sections.get(path)))
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
  methods: readonly Method[],
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
      if (!fits(method, state)) continue
      const because = `it has ${method.signature.join(', ')}; ${quoteSection(section)} is not where ${method.name} usually has it`
      found.push(recognised(checkpoint, method, { network, section }, because))
    }
  }
  return found
}

/** Networks that fit and are not the ones that are taken unless others are asked for. */
export function fittingNetworks(checkpoint: Checkpoint, methods: readonly Method[]): Recognised[] {
  return methods.flatMap(method =>
    (method.networks ?? [])
      .slice(1)
      .flatMap(({ name }) => fitMethod(checkpoint, method, { network: name }) ?? []),
  )
}

function fits(method: Method, state: StateDict | undefined): boolean {
  return (
    state !== undefined &&
    missingSignature(method, state).length === 0 &&
    unmatchedNames(method.rules, state).length === 0
  )
}

/** Methods with one network pass over `--network` here: it is told when one of them is chosen. */
function hasNetwork(method: Method, network: string | undefined): boolean {
  return network === undefined || !method.networks || method.networks.some(isNamed(network))
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
  const chosen = network === undefined ? method.networks?.[0] : method.networks?.find(isNamed(network))
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
  if (!networks)
    throw new UsageError(
      `${method.name} has no network '${name}'.`,
      'It has only one network: leave --network out.',
    )
  return networks.find(isNamed(name)) ?? findByName(networks, name, { what: 'network', owner: method.name })
}

/** Names as people type them: `Key`. */
function isNamed(wanted: string): (network: Network) => boolean {
  return ({ name }) => squashed(name) === squashed(wanted)
}

/** Patterns of a method's signature that no name of a section matches. */
export function missingSignature(method: Method, state: StateDict): string[] {
  const names = bareNames(state)
  return method.signature.filter(pattern =>
    pattern.includes('*') ? !someMatches(pattern, names) : !names.has(pattern),
  )
}

function someMatches(pattern: string, names: ReadonlySet<string>): boolean {
  const match = matcher(pattern)
  for (const name of names) if (match(name) !== undefined) return true
  return false
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
