/** Why it is not clear which method a checkpoint is of, and what to do about it. */

import { shellWord } from '../bytes/text.ts'
import { chooseNetwork, missingSignature, type Part, type Recognised, sectionsOf } from '../convert/match.ts'
import { planSection } from '../convert/plan.ts'
import { recogniseArchitecture, verifyBackbone } from '../convert/verify.ts'
import { MismatchError, ToolError } from '../errors.ts'
import { ARCHITECTURES } from '../families/index.ts'
import type { Method, Network } from '../methods/method.ts'
import { matcher } from '../rename/pattern.ts'
import { unmatchedNames } from '../rename/rules.ts'
import { withoutWrapper } from '../rename/wrappers.ts'
import type { Checkpoint, StateDict } from '../tensor/tensor.ts'
import { adviseByHand, findResNets } from './find-backbone.ts'
import { adviseOnReplaced, type NonTensor } from './non-tensors.ts'
import { describeSections, quoteSection } from './sections.ts'
import { adviseOnObject, objectsInWords } from './whole-objects.ts'

/** There is no dictionary of tensors. */
export function noTensors(checkpoint: Checkpoint): MismatchError {
  const { source, holds, objects = [] } = checkpoint
  const whole = objectsInWords(objects)
  const what = objects[0]?.path === '' ? 'no state dict' : `${holds}, and no dictionary of tensors in it`
  return new MismatchError(
    `${source} holds ${what}${whole ? `. ${whole}` : ': there is no state dict.'}`,
    whole
      ? adviseOnObject(objects[0]!, source)
      : 'Save model.state_dict() in PyTorch, rather than the model itself or something else.',
    { sections: [], objects },
  )
}

/** Several methods fit, or one does in several sections. */
export function severalFit({ source }: Checkpoint, fits: readonly Recognised[]): MismatchError {
  const names = [...new Set(fits.map(({ method }) => method.name))]
  const isPlain = names.length === fits.length
  const words = fits.map(
    ({ method, section }) => `${method.name}${isPlain ? '' : ` in ${quoteSection(section)}`}`,
  )
  const options = fits.map(
    ({ method, section }) => `--selfsup ${method.name}${isPlain ? '' : ` --section ${shellWord(section)}`}`,
  )
  return new MismatchError(
    isPlain
      ? `${source} fits several methods: ${words.join(' and ')}.`
      : `${source} can be read in several ways: ${words.join(', or ')}.`,
    `Say which one it is: ${options.join(' or ')}.`,
    { candidates: isPlain ? names : words },
  )
}

/** Another method fits than was said. */
export function anotherMethod(
  checkpoint: Checkpoint,
  method: Method,
  others: readonly Recognised[],
): MismatchError {
  const names = others.map(other => other.method.name).join(' or ')
  return new MismatchError(
    `${checkpoint.source} does not look like ${method.name}; it looks like ${names}: ${others[0]!.because}.`,
    `Use --selfsup ${others[0]!.method.name}, or leave --selfsup out.`,
    { wanted: method.name, candidates: others.map(other => other.method.name) },
  )
}

/** A section was said that is not there. */
export function noSuchSection(checkpoint: Checkpoint, section: string): MismatchError {
  return new MismatchError(
    `${checkpoint.source} has no tensors in ${quoteSection(section)}. It has: ${describeSections(checkpoint)}.`,
    adviseByHand(checkpoint.sections, checkpoint.source),
    { wanted: section, sections: [...checkpoint.sections.keys()] },
  )
}

/** A method was said, and none of the sections where it has its network are there. */
export function noSection(checkpoint: Checkpoint, method: Method, { network: name }: Part): MismatchError {
  const network = chooseNetwork(method, { network: name })
  const wanted = sectionsOf(method, { network: name }).map(quoteSection).join(' or ')
  return new MismatchError(
    `${checkpoint.source} has no tensors in ${wanted}, where ${method.name} expects its network${network ? ` ${network.name}` : ''}. It has: ${describeSections(checkpoint)}.`,
    otherNetworks(checkpoint, method, network) ?? adviseByHand(checkpoint.sections, checkpoint.source),
    { wanted: method.name, sections: [...checkpoint.sections.keys()] },
  )
}

/** The method's other networks that lie in sections which are there. */
function otherNetworks(checkpoint: Checkpoint, method: Method, network?: Network): string | undefined {
  const there = (method.networks ?? []).filter(
    other =>
      other !== network &&
      sectionsOf(method, { network: other.name }).some(path => checkpoint.sections.has(path)),
  )
  if (there.length === 0) return undefined
  const names = there.map(({ name }) => name).join(' and ')
  return `It has the network ${names}: ${there.map(({ name }) => `--network ${name}`).join(' or ')}.`
}

/** Only networks are there that are not taken unless they are asked for. */
export function onlyOtherNetworks(checkpoint: Checkpoint, fits: readonly Recognised[]): MismatchError {
  const words = fits.map(
    ({ method, network, section }) =>
      `the network ${network!.name} of ${method.name} in ${quoteSection(section)}, not ${method.networks![0]!.name}, which is taken by default`,
  )
  const options = fits.map(({ method, network }) => `--selfsup ${method.name} --network ${network!.name}`)
  return new MismatchError(
    `${checkpoint.source} has ${words.join('; or ')}.`,
    `If that is the one: ${options.join(' or ')}.`,
    { candidates: fits.map(({ method }) => method.name) },
  )
}

/** All methods were tried, and none fits. */
export function noMethodFits(checkpoint: Checkpoint, methods: readonly Method[], part: Part): MismatchError {
  const { source, sections, objects = [] } = checkpoint
  const where = part.section === undefined ? '' : ` in ${quoteSection(part.section)}`
  const forNetwork = part.network === undefined ? '' : ` with a network '${part.network}'`
  const close = closest(checkpoint, methods, part)
  return new MismatchError(
    `${source} fits no known method${forNetwork}${where}. It has: ${describeSections(checkpoint)}.` +
      (close ? ` Nearest is ${close.method.name}, but ${close.lacks}.` : '') +
      (objects.length > 0 ? ` ${objectsInWords(objects)}` : ''),
    close?.replaced !== undefined
      ? adviseOnReplaced([close.replaced])!
      : [
          ...(close?.wouldDo
            ? [`If it is ${close.method.name} all the same: --selfsup ${close.method.name}.`]
            : []),
          ...(adviseOnModel(checkpoint) ?? adviseByHand(sections, source)),
        ],
    { sections: [...sections.keys()], nearest: close?.method.name ?? null },
  )
}

/** Where no section has a ResNet, a model that was saved whole is what was meant. */
function adviseOnModel({ sections, objects = [], source }: Checkpoint): readonly string[] | undefined {
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
function closest(checkpoint: Checkpoint, methods: readonly Method[], part: Part): Close | undefined {
  let best: Close | undefined
  for (const method of methods)
    for (const section of sectionsOf(method, { section: part.section })) {
      const close = howClose(checkpoint, method, { ...part, section }, Math.max(NEAR, best?.score ?? 0))
      if (close && close.score >= NEAR && close.score > (best?.score ?? 0)) best = close
    }
  return best
}

function howClose(
  checkpoint: Checkpoint,
  method: Method,
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
  const unmatched = unmatchedNames(method.rules, state)
  const score = signed * (1 - unmatched.length / state.size)
  const replaced = nonTensorFor(checkpoint, section, missing[0])
  const lacks = missing.length > 0 ? `no tensor matches ${missing[0]}` : `it does not know ${unmatched[0]}`
  return {
    method,
    lacks: replaced ? `${replaced.name} is ${replaced.is}, not a tensor` : lacks,
    wouldDo: unmatched.length === 0 && isWhole(method, state, part),
    replaced: replaced?.is,
    score,
  }
}

/** Whether what a method keeps is a whole backbone: advice that leads to the next error is none. */
function isWhole(method: Method, state: StateDict, part: Part): boolean {
  try {
    const { kept } = planSection(method, state, { network: chooseNetwork(method, part)?.name })
    const best = recogniseArchitecture(kept, ARCHITECTURES)
    return best !== undefined && verifyBackbone(kept, best.architecture).complete
  } catch (error) {
    if (error instanceof ToolError) return false
    throw error
  }
}

/** What has a name that a pattern matches, and is no tensor. */
function nonTensorFor({ nonTensors }: Checkpoint, section: string, pattern = ''): NonTensor | undefined {
  const match = matcher(pattern)
  for (const [name, is] of nonTensors?.get(section) ?? [])
    if (match(withoutWrapper(name)) !== undefined) return { name, is }
  return undefined
}
