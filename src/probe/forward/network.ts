/** Which networks can be run on images, how, and which stage outputs MMDetection expects. */
import { type Advice, UnsupportedError } from '../../errors.ts'
import type { Family } from '../../families/family.ts'
import type { Method } from '../../methods/method.ts'
import type { StateDict } from '../../tensor/tensor.ts'
import { type Named, nameCanonically } from '../canonical.ts'
import { type Activations, expectedShape, type OnStage } from './activations.ts'
import { runConvNeXt } from './convnext.ts'
import { SIDE } from './images.ts'
import { runResNet } from './resnet.ts'
import { runSwin } from './swin.ts'
import type { Operations, TfTensor } from './tensorflow.ts'
import { runVit } from './vit.ts'

/** The facts of a method that affect how its network computes. */
export type Computing = Pick<Method, 'style' | 'heads'>

interface Runner {
  run(
    tf: Operations,
    state: StateDict,
    method: Computing,
    batches: readonly TfTensor[],
    onStage: OnStage,
  ): Promise<readonly TfTensor[]>
  /** The shape of a stage's outputs for one image. */
  expected(state: StateDict, stage: string): Activations['expected']
}

const RUNNERS = (vit: Family): Readonly<Record<string, Runner>> => ({
  resnet: {
    run: (tf, state, { style = 'pytorch' }, batches, onStage) =>
      runResNet(tf, state, style, batches, onStage),
    expected: expectedShape,
  },
  vit: {
    run: (tf, state, method, batches, onStage) =>
      runVit(tf, state, headsOf(vit, state, method), batches, onStage),
    expected: state => {
      const [dims = 0, , patch = 1] = state.get('patch_embed.proj.weight')?.shape ?? []
      return [dims, Math.floor(SIDE / patch), Math.floor(SIDE / patch)]
    },
  },
  swin: {
    run: (tf, state, _method, batches, onStage) => runSwin(tf, state, batches, onStage),
    expected: (state, stage) => pyramid(state.get('patch_embed.proj.weight'), stage),
  },
  convnext: {
    run: (tf, state, _method, batches, onStage) => runConvNeXt(tf, state, batches, onStage),
    expected: (state, stage) => pyramid(state.get('downsample_layers.0.0.weight'), stage),
  },
})

/** Each of four stages has twice the channels and half the side of the previous one. */
function pyramid(
  first: { readonly shape: readonly number[] } | undefined,
  stage: string,
): Activations['expected'] {
  const index = stage === 'norm' ? 3 : Number(/\d+$/.exec(stage)?.[0] ?? 0)
  const [dims = 0, , patch = 1] = first?.shape ?? []
  const side = SIDE / patch / 2 ** index
  return [dims * 2 ** index, side, side]
}

const WITHOUT_IMAGES: Advice = [
  { say: 'The filters and the statistics need no images:', leaveOut: 'forward' },
]

/** The number of heads is not visible in a ViT's tensors: it follows from the width, or the method. */
function headsOf(family: Family, state: StateDict, { heads }: Computing): number {
  const dims = state.get('patch_embed.proj.weight')?.shape[0] ?? 0
  const usual = family.architectures(state).find(({ facts }) => facts.dims === dims)?.facts.heads
  const found = heads?.[dims] ?? usual
  if (typeof found === 'number') return found
  throw new UnsupportedError(
    `The number of heads of a ViT with ${dims} channels is not known: no tensor shows it.`,
    WITHOUT_IMAGES,
  )
}

/** A backbone that can be run. */
export interface Runnable extends Named, Runner {}

/**
 * @param state under the names of any known code base
 * @throws UnsupportedError for a network of another family, or for images without 3 channels
 */
export function requireRunnable(state: StateDict): Runnable {
  const named = nameCanonically(state)
  const runner = RUNNERS(named.family)[named.family.name]
  const channels = named.state.get(named.family.look.firstLayer)?.shape[1] ?? 3
  if (channels !== 3)
    throw new UnsupportedError(
      `Networks are run on images of 3 channels; this one takes ${channels} channels.`,
      WITHOUT_IMAGES,
    )
  if (runner) return { ...named, ...runner }
  throw new UnsupportedError(
    `Only ResNet, ViT, Swin and ConvNeXt can be run on images; this is a ${named.family.title}.`,
    WITHOUT_IMAGES,
  )
}
