/** Why it is not clear which method a checkpoint is of, and what to do about it. */

import { nearest } from '../bytes/nearest.ts'
import type { Knowledge } from '../convert/knowledge.ts'
import {
  chooseNetwork,
  lacksNetwork,
  missingSignature,
  type Part,
  sectionsOf,
  unknownNames,
} from '../convert/match.ts'
import type { NonTensor } from '../convert/non-tensors.ts'
import { planSection } from '../convert/plan.ts'
import { isRefusal } from '../convert/refusal.ts'
import { recogniseArchitecture, verifyBackbone } from '../convert/verify.ts'
import type { Advice, AdviceStep } from '../errors.ts'
import type { Method, Network } from '../methods/method.ts'
import { matcher } from '../rename/pattern.ts'
import { withoutWrapper } from '../rename/wrappers.ts'
import type { Checkpoint, StateDict } from '../tensor/tensor.ts'
import { becauseOf } from './because.ts'
import type { Context, Explanation, RefusalOf } from './explanation.ts'
import { adviseByHand, findResNets } from './find-backbone.ts'
import { adviseOnReplaced } from './non-tensors.ts'
import { withoutSection } from './require-section.ts'
import { describeSections, quoteSection } from './sections.ts'
import { adviseOnObject, objectsInWords } from './whole-objects.ts'

/** There is no dictionary of tensors. */
export function noTensors(
  _: RefusalOf<'noTensors'>,
  { checkpoint }: Pick<Context, 'checkpoint'>,
): Explanation {
  const { source, holds, objects = [] } = checkpoint
  const whole = objectsInWords(objects)
  const what = objects[0]?.path === '' ? 'no state dict' : `${holds}, and no dictionary of tensors in it`
  return [
    `${source} holds ${what}${whole ? `. ${whole}` : ': there is no state dict.'}`,
    whole
      ? adviseOnObject(objects[0]!, source)
      : 'Save model.state_dict() in PyTorch, rather than the model itself or something else.',
    { sections: [], objects },
  ]
}

/** Several methods fit, or one does in several sections. */
export function severalFit(
  { matches }: RefusalOf<'severalFit'>,
  { checkpoint: { source } }: Context,
): Explanation {
  const names = [...new Set(matches.map(({ method }) => method.name))]
  const isPlain = names.length === matches.length
  const words = matches.map(
    ({ method, section }) => `${method.name}${isPlain ? '' : ` in ${quoteSection(section)}`}`,
  )
  const use = matches.map(({ method, section }) => ({
    selfsup: method.name,
    ...(isPlain ? {} : { section }),
  }))
  return [
    isPlain
      ? `${source} fits several methods: ${words.join(' and ')}.`
      : `${source} can be read in several ways: ${words.join(', or ')}.`,
    [{ say: 'Say which one it is:', use }],
    { candidates: isPlain ? names : words },
  ]
}

/** Another method fits than was said. */
export function anotherFits(
  { method, matches: others }: RefusalOf<'anotherFits'>,
  { checkpoint }: Context,
): Explanation {
  const names = others.map(other => other.method.name).join(' or ')
  return [
    `${checkpoint.source} does not look like ${method.name}; it looks like ${names}: ${becauseOf(others[0]!)}.`,
    [{ use: [{ selfsup: others[0]!.method.name }], orLeaveOut: 'selfsup' }],
    { wanted: method.name, candidates: others.map(other => other.method.name) },
  ]
}

/** A section was given that is not there. */
export function noSuchSection({ section }: RefusalOf<'noSuchSection'>, { checkpoint }: Context): Explanation {
  return [
    ...withoutSection(checkpoint, section),
    { wanted: section, sections: [...checkpoint.sections.keys()] },
  ]
}

/** More tensors than any method has. */
export function tooManyTensors(
  { tensors, limit, section }: RefusalOf<'tooManyTensors'>,
  { checkpoint: { source, sections } }: Context,
): Explanation {
  return [
    `${source} has ${tensors} tensors: with more than ${limit}, no method is looked for.`,
    sections.size > 1 && section === undefined
      ? [{ say: 'State which part holds the network:', state: 'section' }]
      : 'No known method has so many: save the network by itself in PyTorch, and convert that.',
    { tensors, limit },
  ]
}

/** A network was given that the method does not have. */
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

/** A method was said, and none of the sections where it has its network are there. */
export function noSection(
  { method, network: name }: RefusalOf<'noSection'>,
  { checkpoint }: Context,
): Explanation {
  const network = chooseNetwork(method, { network: name })
  const wanted = sectionsOf(method, { network: name }).map(quoteSection).join(' or ')
  return [
    `${checkpoint.source} has no tensors in ${wanted}, where ${method.name} expects its network${network ? ` ${network.name}` : ''}. It has: ${describeSections(checkpoint)}.`,
    otherNetworks(checkpoint, method, network) ?? adviseByHand(checkpoint.sections, checkpoint.source),
    { wanted: method.name, sections: [...checkpoint.sections.keys()] },
  ]
}

/** The method's other networks that lie in sections which are there. */
function otherNetworks(checkpoint: Checkpoint, method: Method, network?: Network): Advice | undefined {
  const there = (method.networks ?? []).filter(
    other =>
      other !== network &&
      sectionsOf(method, { network: other.name }).some(path => checkpoint.sections.has(path)),
  )
  if (there.length === 0) return undefined
  const names = there.map(({ name }) => name).join(' and ')
  return [{ say: `It has the network ${names}:`, use: there.map(({ name }) => ({ network: name })) }]
}

/** Only networks are there that are not taken unless they are asked for. */
export function otherNetworksFit(
  { matches }: RefusalOf<'otherNetworksFit'>,
  { checkpoint }: Context,
): Explanation {
  const words = matches.map(
    ({ method, network, section }) =>
      `the network ${network!.name} of ${method.name} in ${quoteSection(section)}, not ${method.networks![0]!.name}, which is taken by default`,
  )
  const use = matches.map(({ method, network }) => ({ selfsup: method.name, network: network!.name }))
  return [
    `${checkpoint.source} has ${words.join('; or ')}.`,
    [{ say: 'If that is the one:', use }],
    { candidates: matches.map(({ method }) => method.name) },
  ]
}

/** All methods were tried, and none fits. */
export function noMethodFits(
  part: RefusalOf<'noMethodFits'>,
  { checkpoint, knowledge }: Context,
): Explanation {
  const { source, sections, objects = [] } = checkpoint
  const where = part.section === undefined ? '' : ` in ${quoteSection(part.section)}`
  const forNetwork = part.network === undefined ? '' : ` with a network '${part.network}'`
  const close = closest(checkpoint, knowledge, part)
  return [
    `${source} fits no known method${forNetwork}${where}. It has: ${describeSections(checkpoint)}.` +
      (close ? ` Nearest is ${close.method.name}, but ${close.lacks}.` : '') +
      (objects.length > 0 ? ` ${objectsInWords(objects)}` : ''),
    close?.replaced !== undefined
      ? adviseOnReplaced([close.replaced])!
      : [
          ...(close?.wouldDo
            ? [
                {
                  say: `If it is ${close.method.name} all the same:`,
                  use: [{ selfsup: close.method.name }],
                },
              ]
            : []),
          ...(adviseOnModel(checkpoint) ?? adviseByHand(sections, source)),
        ],
    { sections: [...sections.keys()], nearest: close?.method.name ?? null },
  ]
}

/** Where no section has a ResNet, a model that was saved whole is what was meant. */
function adviseOnModel({ sections, objects = [], source }: Checkpoint): readonly AdviceStep[] | undefined {
  const model = objects.find(({ isModule }) => isModule)
  return model && findResNets(sections).length === 0 ? adviseOnObject(model, source) : undefined
}

interface Close {
  readonly method: Method
  readonly lacks: string
  /** To say that it is this method would do. */
  readonly wouldDo: boolean
  /** What stands where its first tensor should be, in Python's words. */
  readonly replaced: string | undefined
  readonly score: number
}

/** Below this, what is nearest has next to nothing to do with it. */
const NEAR = 0.5

/** The method whose signature is found most completely, and what speaks against it. */
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
  // Whatever the rules say of the other names, it will not become more.
  if (signed < least) return undefined
  const unmatched = unknownNames(method, families, checkpoint, part)
  const score = signed * (1 - unmatched.length / state.size)
  const replaced = nonTensorFor(checkpoint, section, missing[0])
  const lacks = missing.length > 0 ? `no tensor matches ${missing[0]}` : `it does not know ${unmatched[0]}`
  return {
    method,
    lacks: replaced ? `${replaced.name} is ${replaced.is}, not a tensor` : lacks,
    wouldDo: unmatched.length === 0 && isWhole(method, state, families, part),
    replaced: replaced?.is,
    score,
  }
}

/** Whether what a method keeps is a whole backbone: advice that leads to the next error is none. */
function isWhole(method: Method, state: StateDict, families: Knowledge['families'], part: Part): boolean {
  if (lacksNetwork(method, part.network)) return false
  const plan = planSection(method, state, families, { network: chooseNetwork(method, part)?.name })
  if (isRefusal(plan) || !plan.spelt) return false
  const best = recogniseArchitecture(plan.kept, plan.spelt.family.architectures(plan.kept))
  return best !== undefined && verifyBackbone(plan.kept, best.architecture).complete
}

/** What has a name that a pattern matches, and is no tensor. */
function nonTensorFor({ nonTensors }: Checkpoint, section: string, pattern = ''): NonTensor | undefined {
  const match = matcher(pattern)
  for (const [name, is] of nonTensors?.get(section) ?? [])
    if (match(withoutWrapper(name)) !== undefined) return { name, is }
  return undefined
}
