/** Which method a checkpoint comes from: by its sections and the names in them. Nothing is guessed. */

import { findByName, type Lookup, named, squashed } from '../bytes/find-by-name.ts'
import type { Method } from '../methods/method.ts'
import type { Checkpoint } from '../tensor/tensor.ts'
import type { Recognition } from './knowledge.ts'
import {
  chooseNetwork,
  distinct,
  lacksNetwork,
  type Match,
  matchesElsewhere,
  matchesIn,
  matchesOfOtherNetworks,
  matchOf,
  missingSignature,
  sectionsOf,
} from './match.ts'
import { sharedPrefixes, under } from './prefixes.ts'
import { isRefusal, type RecogniseRefusal } from './refusal.ts'

/** What is known about a checkpoint beforehand; without any, all methods are tried. */
export interface RecogniseOptions {
  /** The name of a method, or `auto`. */
  readonly selfsup?: string | undefined
  readonly network?: string | undefined
  /** The path of the section that holds the network, in place of those where methods usually have it; '' is the top level. */
  readonly section?: string | undefined
  /** A method that is none of the known ones, such as rules by hand: it is applied without a look at the others. */
  readonly method?: Method | undefined
}

/**
 * Finds the one method whose signature and rules fit a checkpoint, by names and shapes: in the sections where the method usually
 * has its network, and else in any other. It never guesses between two.
 * @throws UsageError when there is no such method
 */
export function recogniseMethod(
  checkpoint: Checkpoint,
  known: Recognition,
  options: RecogniseOptions = {},
): Match | RecogniseRefusal {
  const { section } = options
  const method = options.method ?? methodOf(known.methods, options.selfsup)
  if (checkpoint.sections.size === 0) return { kind: 'noTensors' }
  if (section !== undefined && !checkpoint.sections.has(section)) return { kind: 'noSuchSection', section }
  const tensors = tooMany(checkpoint, options)
  if (tensors !== undefined) return { kind: 'tooManyTensors', tensors, limit: MAX_COMPARED, section }
  if (options.method) return applyGiven(checkpoint, options.method, options, 'given')
  const found = method
    ? recogniseNamed(checkpoint, known, method, options)
    : recogniseAny(checkpoint, known, options)
  return isRefusal(found) ? found : withOrigin(checkpoint, known.methods, found)
}

function methodOf(methods: readonly Method[], name = 'auto'): Method | undefined {
  return name === 'auto' ? undefined : findMethod(methods, name, ['auto'])
}

/** A name is compared with the patterns of all methods; the largest ResNet with its optimizer has some thousand tensors. */
export const MAX_COMPARED = 50_000

/** @returns how many tensors there are to look at, where these are too many */
function tooMany({ sections }: Checkpoint, { section }: RecogniseOptions): number | undefined {
  let tensors = 0
  for (const [path, state] of sections) if (section === undefined || section === path) tensors += state.size
  return tensors > MAX_COMPARED ? tensors : undefined
}

function recogniseAny(
  checkpoint: Checkpoint,
  known: Recognition,
  options: RecogniseOptions,
): Match | RecogniseRefusal {
  const { network, section } = options
  const usual = matchesIn(checkpoint, known, options)
  const isOpen = usual.length === 0 && network === undefined && section === undefined
  const others = isOpen ? matchesOfOtherNetworks(checkpoint, known) : []
  if (others.length > 0) return { kind: 'otherNetworksFit', matches: others }
  const here = usual.length > 0 ? usual : elsewhere(checkpoint, known, options)
  const matches = distinct(here.length > 0 ? here : matchesUnderPrefix(checkpoint, known, options))
  if (matches.length > 1) return { kind: 'severalFit', matches }
  const [found] = matches
  if (!found) return withoutMatch(checkpoint, known, options)
  const { method } = found
  return lacksNetwork(method, network) ? { kind: 'noSuchNetwork', method, network } : found
}

/**
 * The methods that fit what follows a prefix of all names: `model.encoder_q.conv1.weight`. The shortest prefix that leaves
 * something known counts.
 */
function matchesUnderPrefix(checkpoint: Checkpoint, known: Recognition, options: RecogniseOptions): Match[] {
  const states = [...checkpoint.sections].flatMap(([path, state]) =>
    options.section === undefined || options.section === path ? [state] : [],
  )
  const prefixes = new Set(states.flatMap(state => sharedPrefixes(state.keys())))
  for (const prefix of [...prefixes].sort((a, b) => a.length - b.length)) {
    const there = { ...known, methods: known.methods.map(method => under(prefix, method)) }
    const usual = matchesIn(checkpoint, there, options)
    const found = usual.length > 0 ? usual : elsewhere(checkpoint, there, options)
    if (found.length > 0) return found
  }
  return []
}

function withoutMatch(
  checkpoint: Checkpoint,
  known: Recognition,
  { network, section }: RecogniseOptions,
): RecogniseRefusal {
  // What fits but for the network that was given: its name is what is wrong.
  const [fits] = network === undefined ? [] : matchesIn(checkpoint, known, { section })
  return fits && lacksNetwork(fits.method, network)
    ? { kind: 'noSuchNetwork', method: fits.method, network }
    : { kind: 'noMethodFits', network, section }
}

function recogniseNamed(
  checkpoint: Checkpoint,
  { methods, families }: Recognition,
  method: Method,
  options: RecogniseOptions,
): Match | RecogniseRefusal {
  const { network, section } = options
  // A network that the method does not have is a mistake of its own, whatever the checkpoint holds.
  if (lacksNetwork(method, network)) return { kind: 'noSuchNetwork', method, network }
  const [found] = matchesIn(checkpoint, { methods: [method], families }, options)
  if (found) return found
  const rest = methods.filter(other => other !== method)
  const others = matchesIn(checkpoint, { methods: rest, families }, { section })
  const bare = asSaid(checkpoint, methods, method, others)
  if (bare) return bare
  if (others.length > 0) return { kind: 'anotherFits', method, matches: others }
  const matches = elsewhere(checkpoint, { methods: [method], families }, options)
  if (matches.length > 1) return { kind: 'severalFit', matches }
  const prefixed = matches[0] ?? matchesUnderPrefix(checkpoint, { methods: [method], families }, options)[0]
  if (prefixed) return prefixed
  // No other method knows it either. The rules and the verification decide whether it is whole.
  return applyGiven(checkpoint, method, options, 'said')
}

/** A bare backbone says nothing against a method that was given: many publish theirs so. What the file itself says counts more. */
function asSaid(
  checkpoint: Checkpoint,
  methods: readonly Method[],
  method: Method,
  [only, ...others]: readonly Match[],
): Match | undefined {
  const isBare = only !== undefined && others.length === 0 && only.method.signature.every(one => one === '*')
  const origin = originOf(checkpoint, methods)
  if (!isBare || (origin && origin !== method)) return undefined
  return { ...only, by: 'said', pretrainedBy: method }
}

/** Where a section was given, no other is looked at. */
function elsewhere(checkpoint: Checkpoint, known: Recognition, options: RecogniseOptions) {
  return options.section === undefined ? matchesElsewhere(checkpoint, known, options) : []
}

function applyGiven(
  checkpoint: Checkpoint,
  method: Method,
  options: RecogniseOptions,
  by: 'said' | 'given',
): Match | RecogniseRefusal {
  const { network } = options
  if (lacksNetwork(method, network)) return { kind: 'noSuchNetwork', method, network }
  const there = sectionsOf(method, options).filter(path => checkpoint.sections.has(path))
  const section = there.find(path => isSigned(checkpoint, method, path)) ?? there[0]
  if (section === undefined) return { kind: 'noSection', method, network }
  const chosen = options.section === undefined ? chooseNetwork(method, { network })?.name : network
  return matchOf(checkpoint, method, { network: chosen, section }, by)
}

/** Whether a section has what tells a method: that is where rules added to it are meant for. */
function isSigned({ sections }: Checkpoint, method: Method, path: string): boolean {
  return method.signature.length > 0 && missingSignature(method, sections.get(path)!).length === 0
}

function withOrigin(checkpoint: Checkpoint, methods: readonly Method[], found: Match): Match {
  const pretrainedBy = originOf(checkpoint, methods)
  return pretrainedBy && pretrainedBy.name !== found.method.name ? { ...found, pretrainedBy } : found
}

/**
 * The method that a file was made of: what this program wrote says it in its `meta`, or in the metadata of safetensors.
 * @returns undefined where it does not say, or it is none of these methods
 */
export function originOf(
  { facts }: Pick<Checkpoint, 'facts'>,
  methods: readonly Method[],
): Method | undefined {
  const start = ['meta.', ''].find(prefix => facts.has(`${prefix}selfsup2mmdet`))
  const name = start === undefined ? undefined : facts.get(`${start}method`)
  return methods.find(method => method.name === (name === FORMERLY ? 'backbone' : name))
}

/**
 * The method of a name, as people type it: `MoCo v2`, `barlow_twins`.
 * @param also what else may be typed in place of a method's name
 * @throws UsageError when there is no such method, or several could be meant
 */
export function findMethod(methods: readonly Method[], name: string, also: readonly string[] = []): Method {
  return findByName(methods, name, { ...METHOD_NAMES, also })
}

/** Whether a word is the name of a method, as people type it. */
export function isMethodName(methods: readonly Method[], word: string): boolean {
  return named(methods, word, METHOD_NAMES) !== undefined
}

/** What `backbone` was called when all networks were ResNets: files say it. */
const FORMERLY = 'mmdetection'

/** Names that people use, without case, blanks and dashes. */
const ALIASES: Readonly<Record<string, string>> = {
  mocov2: 'moco',
  mmselfsup: 'openmmlab',
  mmpretrain: 'openmmlab',
  openselfsup: 'openmmlab',
  imagenet: 'torchvision',
  supervised: 'torchvision',
  hf: 'transformers',
  huggingface: 'transformers',
  [FORMERLY]: 'backbone',
}

/** `moco3` is MoCo v3, `dinov1` is DINO. */
function withVersion(typed: string): string {
  const [, name, version] = /^([a-z]+?)v?(\d)\+?$/.exec(squashed(typed)) ?? []
  if (name === undefined) return typed
  return version === '1' ? name : `${name}-v${version}`
}

const METHOD_NAMES: Lookup = { what: 'method', as: withVersion, aliases: ALIASES, option: 'selfsup' }
