/** Which method a checkpoint comes from: by its sections and the names in them. Nothing is guessed. */

import { nearest } from '../bytes/nearest.ts'
import { UnsupportedError, UsageError } from '../errors.ts'
import {
  anotherMethod,
  noMethodFits,
  noSection,
  noSuchSection,
  noTensors,
  onlyOtherNetworks,
  severalFit,
} from '../explain/unrecognised.ts'
import type { Method } from '../methods/method.ts'
import type { Checkpoint } from '../tensor/tensor.ts'
import {
  chooseNetwork,
  fitting,
  fittingElsewhere,
  fittingNetworks,
  type Recognised,
  recognised,
  sectionsOf,
} from './match.ts'

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
 * @throws UsageError when there is no such method or network
 * @throws MismatchError when no method fits, several do, or another one than was said
 */
export function recogniseMethod(
  checkpoint: Checkpoint,
  methods: readonly Method[],
  options: RecogniseOptions = {},
): Recognised {
  if (checkpoint.sections.size === 0) throw noTensors(checkpoint)
  if (options.section !== undefined && !checkpoint.sections.has(options.section))
    throw noSuchSection(checkpoint, options.section)
  requireModestNumber(checkpoint, options)
  if (options.method) return applyGiven(checkpoint, options.method, options, 'the rules were given')
  const { selfsup = 'auto' } = options
  const found =
    selfsup === 'auto'
      ? recogniseAny(checkpoint, methods, options)
      : recogniseNamed(checkpoint, methods, selfsup, options)
  return withOrigin(checkpoint, methods, found)
}

/** A name is compared with the patterns of all methods; the largest ResNet with its optimizer has some thousand tensors. */
const MAX_COMPARED = 50_000

function requireModestNumber({ sections, source }: Checkpoint, { section }: RecogniseOptions): void {
  let tensors = 0
  for (const [path, state] of sections) if (section === undefined || section === path) tensors += state.size
  if (tensors <= MAX_COMPARED) return
  throw new UnsupportedError(
    `${source} has ${tensors} tensors: with more than ${MAX_COMPARED}, no method is looked for.`,
    sections.size > 1 && section === undefined
      ? 'State which part holds the network: --section.'
      : 'No known method has so many: save the network by itself in PyTorch, and convert that.',
  )
}

function recogniseAny(
  checkpoint: Checkpoint,
  methods: readonly Method[],
  options: RecogniseOptions,
): Recognised {
  const usual = fitting(checkpoint, methods, options)
  const isOpen = usual.length === 0 && options.network === undefined && options.section === undefined
  const others = isOpen ? fittingNetworks(checkpoint, methods) : []
  if (others.length > 0) throw onlyOtherNetworks(checkpoint, others)
  const fits = usual.length > 0 ? usual : elsewhere(checkpoint, methods, options)
  if (fits.length === 1) return fits[0]!
  if (fits.length > 1) throw severalFit(checkpoint, fits)
  throw noMethodFits(checkpoint, methods, options)
}

function recogniseNamed(
  checkpoint: Checkpoint,
  methods: readonly Method[],
  name: string,
  options: RecogniseOptions,
): Recognised {
  const method = findMethod(methods, name, ['auto'])
  // A network that the method does not have is a mistake of its own, whatever the checkpoint holds.
  chooseNetwork(method, options)
  const [found] = fitting(checkpoint, [method], options)
  if (found) return found
  const others = fitting(
    checkpoint,
    methods.filter(other => other !== method),
    { section: options.section },
  )
  if (others.length > 0) throw anotherMethod(checkpoint, method, others)
  const fits = elsewhere(checkpoint, [method], options)
  if (fits.length > 1) throw severalFit(checkpoint, fits)
  // No other method knows it either. The rules and the verification decide whether it is whole.
  const because = 'you said so; its usual names are not all there'
  return fits[0] ?? applyGiven(checkpoint, method, options, because)
}

/** Where a section was said, no other is looked at. */
function elsewhere(checkpoint: Checkpoint, methods: readonly Method[], options: RecogniseOptions) {
  return options.section === undefined ? fittingElsewhere(checkpoint, methods, options) : []
}

function applyGiven(
  checkpoint: Checkpoint,
  method: Method,
  options: RecogniseOptions,
  because: string,
): Recognised {
  const section = sectionsOf(method, options).find(path => checkpoint.sections.has(path))
  if (section === undefined) throw noSection(checkpoint, method, options)
  const { network } = options
  const told = options.section === undefined ? chooseNetwork(method, { network })?.name : network
  return recognised(checkpoint, method, { network: told, section }, because)
}

function withOrigin(checkpoint: Checkpoint, methods: readonly Method[], found: Recognised): Recognised {
  const pretrainedBy = originOf(checkpoint, methods)
  if (!pretrainedBy || pretrainedBy.name === found.method.name) return found
  const because = `${found.because}; it was made of a checkpoint of ${pretrainedBy.name}`
  return { ...found, because, pretrainedBy }
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
  return methods.find(method => method.name === name)
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
