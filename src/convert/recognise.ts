/** Which method a checkpoint comes from: by its sections and the names in them. Nothing is guessed. */
import { MismatchError, UsageError } from '../errors.ts'
import type { Method, Network } from '../methods/method.ts'
import type { Checkpoint, StateDict } from '../tensor/tensor.ts'
import { nearest } from './nearest.ts'
import { matcher } from './pattern.ts'
import { unmatchedNames } from './rules.ts'
import { withoutWrapper } from './wrappers.ts'

/** Which method and network a checkpoint is of, and which part of it holds them. */
export interface Recognised {
  readonly method: Method
  /** Left out when the method has only one network. */
  readonly network?: Network
  readonly section: string
  readonly state: StateDict
  /** Why, in one line: which names gave it away. */
  readonly because: string
}

/** What is known about a checkpoint beforehand; without any, all methods are tried. */
export interface RecogniseOptions {
  /** The name of a method, or `auto`. */
  readonly selfsup?: string | undefined
  readonly network?: string | undefined
  /** A method that is none of the known ones, such as rules by hand: it is applied without a look at the others. */
  readonly method?: Method | undefined
}

/**
 * Finds the one method whose signature and rules fit a checkpoint, by names and shapes. It never guesses between two.
 * @throws UsageError when there is no such method or network
 * @throws MismatchError when no method fits, several do, or another one than was said
 */
export function recogniseMethod(
  checkpoint: Checkpoint,
  methods: readonly Method[],
  options: RecogniseOptions = {},
): Recognised {
  if (checkpoint.sections.size === 0) throw noTensors(checkpoint)
  if (options.method) return applyGiven(checkpoint, options.method, options.network, 'the rules were given')
  const wanted = options.selfsup ?? 'auto'
  return wanted === 'auto'
    ? recogniseAny(checkpoint, methods, options.network)
    : recogniseNamed(checkpoint, methods, wanted, options.network)
}

function recogniseAny(checkpoint: Checkpoint, methods: readonly Method[], network?: string): Recognised {
  const fits = methods.flatMap(method => fitMethod(checkpoint, method, network) ?? [])
  if (fits.length === 1) return fits[0]!
  throw fits.length === 0 ? noMethodFits(checkpoint, methods, network) : severalFit(fits)
}

function recogniseNamed(
  checkpoint: Checkpoint,
  methods: readonly Method[],
  name: string,
  network?: string,
): Recognised {
  const method = findMethod(methods, name, ['auto'])
  // A network that the method does not have is a mistake of its own, whatever the checkpoint holds.
  chooseNetwork(method, network)
  const found = fitMethod(checkpoint, method, network)
  if (found) return found
  const others = methods.flatMap(other => fitMethod(checkpoint, other) ?? [])
  if (others.length > 0) throw anotherMethod(checkpoint, method, others)
  // No other method knows it either. The rules and the verification decide whether it is whole.
  return applyGiven(checkpoint, method, network, 'you said so; its usual names are not all there')
}

function applyGiven(
  checkpoint: Checkpoint,
  method: Method,
  network: string | undefined,
  because: string,
): Recognised {
  const section = sectionsOf(method, chooseNetwork(method, network)).find(path =>
    checkpoint.sections.has(path),
  )
  if (section === undefined) throw noSection(checkpoint, method)
  return recognised(checkpoint, method, section, network, because)
}

/** A method fits when each pattern of its signature is found in a section, and every tensor there has a fate. */
function fitMethod(checkpoint: Checkpoint, method: Method, network?: string): Recognised | undefined {
  const chosen = network === undefined ? undefined : method.networks?.find(({ name }) => name === network)
  if (network !== undefined && chosen === undefined && method.networks) return undefined
  for (const section of sectionsOf(method, chosen ?? method.networks?.[0])) {
    const state = checkpoint.sections.get(section)
    if (
      !state ||
      missingSignature(method, state).length > 0 ||
      unmatchedNames(method.rules, state).length > 0
    )
      continue
    return recognised(checkpoint, method, section, network, `it has ${method.signature.join(', ')}`)
  }
  return undefined
}

function recognised(
  checkpoint: Checkpoint,
  method: Method,
  section: string,
  network: string | undefined,
  because: string,
): Recognised {
  const chosen = chooseNetwork(method, network)
  const base = { method, section, state: checkpoint.sections.get(section)!, because }
  return chosen ? { ...base, network: chosen } : base
}

function missingSignature(method: Method, state: StateDict): string[] {
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

function sectionsOf(method: Method, network: Network | undefined): readonly string[] {
  return network?.sections ?? method.sections
}

/** @throws UsageError when the method has no such network */
function chooseNetwork(method: Method, name: string | undefined): Network | undefined {
  if (name === undefined) return method.networks?.[0]
  const found = method.networks?.find(network => network.name === name)
  if (found) return found
  const names = method.networks?.map(network => network.name) ?? []
  throw new UsageError(
    `Method ${method.name} has no network '${name}'.`,
    names.length > 0 ? `It has: ${names.join(', ')}.` : 'It has only one network: leave --network out.',
  )
}

/**
 * The method of a name.
 * @param also what else may be typed in place of a method's name
 * @throws UsageError when there is no such method
 */
export function findMethod(methods: readonly Method[], name: string, also: readonly string[] = []): Method {
  const found = methods.find(method => method.name === name)
  if (found) return found
  const names = methods.map(method => method.name)
  const guess = nearest(name, names)
  throw new UsageError(
    `There is no method '${name}'.`,
    `${guess ? `Did you mean ${guess}? ` : ''}The methods are: ${[...also, ...names].join(', ')}.`,
  )
}

function noTensors(checkpoint: Checkpoint): MismatchError {
  return new MismatchError(
    `${checkpoint.source} holds ${checkpoint.holds}, and no dictionary of tensors in it: there is no state dict.`,
    'Save model.state_dict() in PyTorch, rather than the model itself or something else.',
    { sections: [] },
  )
}

function severalFit(fits: readonly Recognised[]): MismatchError {
  const names = fits.map(({ method }) => method.name)
  return new MismatchError(
    `The checkpoint fits several methods: ${names.join(' and ')}.`,
    `Say which one it is: ${names.map(name => `--selfsup ${name}`).join(' or ')}.`,
    { candidates: names },
  )
}

function anotherMethod(checkpoint: Checkpoint, method: Method, others: readonly Recognised[]): MismatchError {
  const names = others.map(other => other.method.name).join(' or ')
  return new MismatchError(
    `${checkpoint.source} does not look like ${method.name}; it looks like ${names}: ${others[0]!.because}.`,
    `Use --selfsup ${others[0]!.method.name}, or leave --selfsup out.`,
    { wanted: method.name, candidates: others.map(other => other.method.name) },
  )
}

function noSection(checkpoint: Checkpoint, method: Method): MismatchError {
  return new MismatchError(
    `${checkpoint.source} has no tensors in ${method.sections.map(quoteSection).join(' or ')}, where ${method.name} expects its network.`,
    `It has: ${describeSections(checkpoint)}.`,
    { wanted: method.name, sections: [...checkpoint.sections.keys()] },
  )
}

function noMethodFits(checkpoint: Checkpoint, methods: readonly Method[], network?: string): MismatchError {
  const close = closest(checkpoint, methods)
  const forNetwork = network === undefined ? '' : ` with a network '${network}'`
  return new MismatchError(
    `${checkpoint.source} fits no known method${forNetwork}. It has: ${describeSections(checkpoint)}.` +
      (close ? ` Nearest is ${close.method.name}, but ${close.lacks}.` : ''),
    'Look at it with `selfsup2mmdet inspect`; then say the method with --selfsup, or write rules by hand: ' +
      "--section <path> --keep 'prefix.*=*' --drop 'head.*'.",
    { sections: [...checkpoint.sections.keys()], nearest: close?.method.name ?? null },
  )
}

/** The method whose signature is found most completely, and what speaks against it. */
function closest(
  checkpoint: Checkpoint,
  methods: readonly Method[],
): { method: Method; lacks: string } | undefined {
  let best: { method: Method; lacks: string; score: number } | undefined
  for (const method of methods)
    for (const section of sectionsOf(method, method.networks?.[0])) {
      const state = checkpoint.sections.get(section)
      if (!state) continue
      const missing = missingSignature(method, state)
      const unmatched = unmatchedNames(method.rules, state)
      const score = (1 - missing.length / method.signature.length) * (1 - unmatched.length / state.size)
      if (score <= (best?.score ?? 0)) continue
      const lacks =
        missing.length > 0 ? `no tensor matches ${missing[0]}` : `it does not know ${unmatched[0]}`
      best = { method, score, lacks }
    }
  return best
}

/** `state_dict (650 tensors: encoder_q.… encoder_k.…)`, for messages. */
function describeSections(checkpoint: Checkpoint): string {
  const shown = [...checkpoint.sections].slice(0, 5).map(([path, state]) => {
    const prefixes = [...new Set([...state.keys()].map(name => withoutWrapper(name).split('.')[0]!))]
    const few = prefixes.slice(0, 6).join(', ') + (prefixes.length > 6 ? ', …' : '')
    return `${quoteSection(path)} with ${state.size} tensors (${few})`
  })
  const more = checkpoint.sections.size > 5 ? `; ${checkpoint.sections.size - 5} more sections` : ''
  return shown.join('; ') + more
}

function quoteSection(path: string): string {
  return path === '' ? 'the top level' : `'${path}'`
}
