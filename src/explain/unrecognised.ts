/** Why the method of a checkpoint is unknown or ambiguous, and what to do. */

import { nearest } from '../bytes/nearest.ts'
import { decide } from '../convert/decide.ts'
import type { Knowledge } from '../convert/knowledge.ts'
import { chooseNetwork, missingSignature, type Part, sectionsOf, unknownNames } from '../convert/match.ts'
import type { NonTensor } from '../convert/non-tensors.ts'
import { isRefusal } from '../convert/refusal.ts'
import type { Advice, AdviceStep } from '../errors.ts'
import type { Method, Network } from '../methods/method.ts'
import { matcher } from '../rename/pattern.ts'
import { withoutWrapper } from '../rename/wrappers.ts'
import type { Checkpoint } from '../tensor/tensor.ts'
import { becauseOf } from './because.ts'
import { adviseByHand } from './by-hand.ts'
import type { Context, Explanation, RefusalOf } from './explanation.ts'
import { findBackbones } from './find-backbone.ts'
import { adviseOnReplaced } from './non-tensors.ts'
import { withoutSection } from './require-section.ts'
import { describeSections, quoteSection } from './sections.ts'
import { adviseOnObject, objectsInWords } from './whole-objects.ts'
import { adviseOnUnknown } from './with-drops.ts'

/** There is no dictionary of tensors. */
export function noTensors(
  _: RefusalOf<'noTensors'>,
  { checkpoint }: Pick<Context, 'checkpoint'>,
): Explanation {
  const { source, holds, objects = [] } = checkpoint
  const whole = objectsInWords(objects)
  const what = objects[0]?.path === '' ? 'no state dict' : `${holds}, but no state dict`
  return [
    `${source} contains ${what}.${whole ? ` ${whole}` : ''}`,
    whole
      ? adviseOnObject(objects[0]!, source)
      : 'Save model.state_dict() in PyTorch, rather than the model itself or something else.',
    { sections: [], objects },
  ]
}

/** Whether a conversion would succeed with these options in addition to the given ones. */
function works({ checkpoint, knowledge, options }: Context, others: Context['options']): boolean {
  return !isRefusal(decide(checkpoint, knowledge, { ...options, ...others }))
}

/** Several methods match, or one matches in several sections. */
export function severalFit({ matches }: RefusalOf<'severalFit'>, context: Context): Explanation {
  const { source } = context.checkpoint
  const names = [...new Set(matches.map(({ method }) => method.name))]
  const isPlain = names.length === matches.length
  const words = matches.map(
    ({ method, section }) => `${method.name}${isPlain ? '' : ` in ${quoteSection(section)}`}`,
  )
  const use = matches
    .filter(({ method, section }) =>
      works(context, { selfsup: method.name, section: isPlain ? undefined : section }),
    )
    .map(({ method, section }) => ({ selfsup: method.name, ...(isPlain ? {} : { section }) }))
  return [
    isPlain
      ? `${source} matches several methods: ${words.join(' and ')}.`
      : `${source} can be read in several ways: ${words.join(', or ')}.`,
    use.length === 0 ? adviseByHand(context) : [{ say: 'Choose one:', use }],
    { candidates: isPlain ? names : words },
  ]
}

/** Not the given method matches, but another does. */
export function anotherFits(
  { method, matches: others }: RefusalOf<'anotherFits'>,
  context: Context,
): Explanation {
  const { checkpoint } = context
  const right = others.find(other => works(context, { selfsup: other.method.name }))
  const names = others.map(other => other.method.name).join(' or ')
  return [
    `${checkpoint.source} does not look like ${method.name}; it looks like ${names}: ${becauseOf(others[0]!)}.`,
    right ? [{ use: [{ selfsup: right.method.name }], orLeaveOut: 'selfsup' }] : adviseByHand(context),
    { wanted: method.name, candidates: others.map(other => other.method.name) },
  ]
}

/** The given section does not exist. */
export function noSuchSection({ section }: RefusalOf<'noSuchSection'>, { checkpoint }: Context): Explanation {
  return [
    ...withoutSection(checkpoint, section),
    { wanted: section, sections: [...checkpoint.sections.keys()] },
  ]
}

/** More tensors than in any method. */
export function tooManyTensors(
  { tensors, limit, section }: RefusalOf<'tooManyTensors'>,
  { checkpoint: { source, sections } }: Context,
): Explanation {
  return [
    `${source} has ${tensors} tensors, more than the limit of ${limit} for recognising a method.`,
    sections.size > 1 && section === undefined
      ? [{ say: 'Specify the section that contains the network:', state: 'section' }]
      : 'No known method has so many. Save only the network in PyTorch, and convert that.',
    { tensors, limit },
  ]
}

/** The method does not have the given network. */
export function noSuchNetwork({ method, network }: RefusalOf<'noSuchNetwork'>): Explanation {
  const names = method.networks?.map(({ name }) => name) ?? []
  const guess = nearest(network, names)
  const all: AdviceStep =
    names.length > 0
      ? `It has: ${names.join(', ')}.`
      : { say: 'It has only one network:', leaveOut: 'network' }
  return [
    `${method.name} has no network '${network}'.`,
    [guess === undefined ? all : `Did you mean ${guess}?`],
    { wanted: network, networks: names },
  ]
}

/** None of the sections where the given method stores its network exist. */
export function noSection({ method, network: name }: RefusalOf<'noSection'>, context: Context): Explanation {
  const { checkpoint } = context
  const network = chooseNetwork(method, { network: name })
  const wanted = sectionsOf(method, { network: name }).map(quoteSection).join(' or ')
  return [
    `${checkpoint.source} has no tensors in ${wanted}, where ${method.name} expects its network${network ? ` ${network.name}` : ''}. It has: ${describeSections(checkpoint)}.`,
    otherNetworks(context, method, network) ?? adviseByHand(context),
    { wanted: method.name, sections: [...checkpoint.sections.keys()] },
  ]
}

/** The method's other networks whose sections exist. */
function otherNetworks(context: Context, method: Method, network?: Network): Advice | undefined {
  const { sections } = context.checkpoint
  const there = (method.networks ?? []).filter(
    other =>
      other !== network &&
      sectionsOf(method, { network: other.name }).some(path => sections.has(path)) &&
      works(context, { selfsup: method.name, network: other.name }),
  )
  if (there.length === 0) return undefined
  const names = there.map(({ name }) => name).join(' and ')
  return [{ say: `It has the network ${names}:`, use: there.map(({ name }) => ({ network: name })) }]
}

/** Only networks that are taken on request match. */
export function otherNetworksFit({ matches }: RefusalOf<'otherNetworksFit'>, context: Context): Explanation {
  const { checkpoint } = context
  const words = matches.map(
    ({ method, network, section }) =>
      `the network ${network!.name} of ${method.name} in ${quoteSection(section)}, not ${method.networks![0]!.name}, which is the default`,
  )
  const use = matches
    .filter(({ method, network }) => works(context, { selfsup: method.name, network: network!.name }))
    .map(({ method, network }) => ({ selfsup: method.name, network: network!.name }))
  return [
    `${checkpoint.source} has ${words.join('; or ')}.`,
    use.length === 0 ? adviseByHand(context) : [{ say: 'To convert it:', use }],
    { candidates: matches.map(({ method }) => method.name) },
  ]
}

/** All methods were tried, and none matches. */
export function noMethodFits(part: RefusalOf<'noMethodFits'>, context: Context): Explanation {
  const { checkpoint, knowledge } = context
  const { source, sections, objects = [] } = checkpoint
  const where = part.section === undefined ? '' : ` in ${quoteSection(part.section)}`
  const forNetwork = part.network === undefined ? '' : ` with a network '${part.network}'`
  const close = closest(checkpoint, knowledge, part)
  return [
    `${source} does not match any known method${forNetwork}${where}. It has: ${describeSections(checkpoint)}.` +
      (close ? ` The nearest is ${close.method.name}, but ${close.lacks}.` : '') +
      (objects.length > 0 ? ` ${objectsInWords(objects)}` : ''),
    close?.replaced !== undefined
      ? adviseOnReplaced([close.replaced])!
      : [
          ...(close?.isKnown && works(context, { ...part, selfsup: close.method.name })
            ? [
                {
                  say: `If it is ${close.method.name} anyway:`,
                  use: [{ selfsup: close.method.name }],
                },
              ]
            : []),
          ...((close && withoutUnknown(close, context)) ??
            adviseOnModel(checkpoint) ??
            adviseByHand(context)),
        ],
    { sections: [...sections.keys()], nearest: close?.method.name ?? null },
  ]
}

/** If no section contains a network, the user probably wants the model that was saved as an object. */
function adviseOnModel({ sections, objects = [], source }: Checkpoint): readonly AdviceStep[] | undefined {
  const model = objects.find(({ isModule }) => isModule)
  return model && findBackbones(sections).length === 0 ? adviseOnObject(model, source) : undefined
}

/** The most similar method, with rules that drop unknown names. Bare names are found without a method. */
function withoutUnknown({ method, section, unknown }: Close, context: Context): Advice | undefined {
  const state = context.checkpoint.sections.get(section)!
  return method.signature.every(pattern => pattern === '*')
    ? undefined
    : adviseOnUnknown(context, method, { path: section, state }, unknown)
}

interface Close {
  readonly method: Method
  readonly section: string
  /** Names without a rule; none if the signature is missing. */
  readonly unknown: readonly string[]
  readonly lacks: string
  /** Whether its rules cover all tensors. */
  readonly isKnown: boolean
  /** The value in place of its first tensor, as Python prints it. */
  readonly replaced: string | undefined
  readonly score: number
}

/** Below this, the most similar method is unrelated. */
const NEAR = 0.5

/** The method whose signature is most completely found, and what contradicts it. */
function closest(checkpoint: Checkpoint, knowledge: Knowledge, part: Part): Close | undefined {
  let best: Close | undefined
  for (const method of knowledge.methods)
    for (const section of sectionsOf(method, { section: part.section })) {
      const least = Math.max(NEAR, best?.score ?? 0)
      const close = howClose(checkpoint, method, knowledge, { ...part, section }, least)
      if (close && close.score >= NEAR && close.score > (best?.score ?? 0)) best = close
    }
  return best
}

function howClose(
  checkpoint: Checkpoint,
  method: Method,
  { families }: Knowledge,
  part: Part & { readonly section: string },
  least: number,
): Close | undefined {
  const { section } = part
  const state = checkpoint.sections.get(section)
  if (!state) return undefined
  const missing = missingSignature(method, state)
  const signed = 1 - missing.length / method.signature.length
  // The other names cannot improve the result.
  if (signed < least) return undefined
  const unmatched = unknownNames(method, families, checkpoint, part)
  const score = signed * (1 - unmatched.length / state.size)
  const replaced = nonTensorFor(checkpoint, section, missing[0])
  const lacks = missing.length > 0 ? `no tensor matches ${missing[0]}` : `it has no rule for ${unmatched[0]}`
  return {
    method,
    section,
    unknown: missing.length > 0 ? [] : unmatched,
    lacks: replaced ? `${replaced.name} is ${replaced.is}, not a tensor` : lacks,
    isKnown: unmatched.length === 0,
    replaced: replaced?.is,
    score,
  }
}

/** A value that is not a tensor, but whose name matches a pattern. */
function nonTensorFor({ nonTensors }: Checkpoint, section: string, pattern = ''): NonTensor | undefined {
  const match = matcher(pattern)
  for (const [name, is] of nonTensors?.get(section) ?? [])
    if (match(withoutWrapper(name)) !== undefined) return { name, is }
  return undefined
}
