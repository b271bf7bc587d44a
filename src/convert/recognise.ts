/** Recognises a checkpoint's method by its sections and the names in them. It never guesses. */

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

/** What is already known about a checkpoint; by default, all methods are tried. */
export interface RecogniseOptions {
  /** The name of a method, or `auto`. */
  readonly selfsup?: string | undefined
  readonly network?: string | undefined
  /** The path of the section that contains the network, instead of the usual ones; '' is the top level. */
  readonly section?: string | undefined
  /** A method that is not a known one, such as custom rules; the others are not tried. */
  readonly method?: Method | undefined
}

/**
 * Finds the one method whose signature and rules match a checkpoint's names and shapes: in the method's usual sections,
 * otherwise in any other. If two match, it does not guess.
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
  return name === 'auto' ? undefined : findMethod(methods, name, SELFSUP)
}

/** Each name is compared with the patterns of all methods. The largest ResNet with its optimizer has a few thousand tensors. */
export const MAX_COMPARED = 50_000

/** @returns the number of tensors to look at, if too many */
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
  const misnamed = usual.length === 0 ? wrongNetwork(checkpoint, known, options) : undefined
  if (misnamed) return misnamed
  const isOpen = usual.length === 0 && network === undefined && section === undefined
  const others = isOpen ? matchesOfOtherNetworks(checkpoint, known) : []
  if (others.length > 0) return { kind: 'otherNetworksFit', matches: others }
  const here = usual.length > 0 ? usual : elsewhere(checkpoint, known, options)
  const matches = distinct(here.length > 0 ? here : matchesUnderPrefix(checkpoint, known, options))
  if (matches.length > 1) return { kind: 'severalFit', matches }
  const [found] = matches
  if (!found) return { kind: 'noMethodFits', network: options.network, section: options.section }
  const { method } = found
  return lacksNetwork(method, network) ? { kind: 'noSuchNetwork', method, network } : found
}

/**
 * The methods that match after removing a prefix that all names share: `model.encoder_q.conv1.weight`. Tries the shortest
 * prefix first.
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

/** If a method matches without the given network, and no other has such a network, its name is wrong. */
function wrongNetwork(
  checkpoint: Checkpoint,
  known: Recognition,
  options: RecogniseOptions,
): RecogniseRefusal | undefined {
  const { network, section } = options
  const [fits] = network === undefined ? [] : matchesIn(checkpoint, known, { section })
  if (!fits || !lacksNetwork(fits.method, network)) return undefined
  const others = elsewhere(checkpoint, known, options)
  return others.some(({ method }) => !lacksNetwork(method, network))
    ? undefined
    : { kind: 'noSuchNetwork', method: fits.method, network }
}

function recogniseNamed(
  checkpoint: Checkpoint,
  { methods, families }: Recognition,
  method: Method,
  options: RecogniseOptions,
): Match | RecogniseRefusal {
  const { network, section } = options
  // A network that the method does not have is an error for any checkpoint.
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
  // No other method matches either. The rules and the verification decide whether it is complete.
  return applyGiven(checkpoint, method, options, 'said')
}

/**
 * A bare backbone does not contradict the given method: many are published like this. A method stated in the file takes
 * precedence.
 */
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

/** If a section was given, only that one is searched. */
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

/** Whether a section matches a method's signature: additional rules are meant for such a section. */
function isSigned({ sections }: Checkpoint, method: Method, path: string): boolean {
  return method.signature.length > 0 && missingSignature(method, sections.get(path)!).length === 0
}

function withOrigin(checkpoint: Checkpoint, methods: readonly Method[], found: Match): Match {
  const pretrainedBy = originOf(checkpoint, methods)
  return pretrainedBy && pretrainedBy.name !== found.method.name ? { ...found, pretrainedBy } : found
}

/**
 * The method that a file was converted from, which our output states in its `meta`, or in the metadata of safetensors.
 * @returns undefined if it is not stated, or is not one of these methods
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
 * Finds a method by a name as people type it: `MoCo v2`, `barlow_twins`.
 * @param lookup where the name comes from, for messages
 * @throws UsageError when there is no such method, or the name is ambiguous
 */
export function findMethod(
  methods: readonly Method[],
  name: string,
  lookup: Pick<Lookup, 'also' | 'option' | 'listed'> = {},
): Method {
  return findByName(methods, name, { ...METHOD_NAMES, ...lookup })
}

/** The name comes from the option `selfsup`. */
export const SELFSUP = { also: ['auto'], option: 'selfsup' } as const satisfies Partial<Lookup>

/** Whether a word is the name of a method, as people type it. */
export function isMethodName(methods: readonly Method[], word: string): boolean {
  return named(methods, word, METHOD_NAMES) !== undefined
}

/** The former name of `backbone`, from when all networks were ResNets; old files contain it. */
const FORMERLY = 'mmdetection'

/** Common aliases, without case, blanks and dashes. */
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

const METHOD_NAMES: Lookup = { what: 'method', as: withVersion, aliases: ALIASES }
