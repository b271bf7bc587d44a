/** Runs a backbone on images with TensorFlow.js: shapes, activations and features. */
import { UsageError } from '../../errors.ts'
import type { Method } from '../../methods/method.ts'
import type { StateDict } from '../../tensor/tensor.ts'
import type { Picture } from '../picture.ts'
import { type Activations, activationsOf } from './activations.ts'
import { type FeatureStatistics, featureStatistics } from './features.ts'
import { prepareImage, SIDE } from './images.ts'
import { requireRunnable } from './network.ts'
import { type Operations, operationsOf, type TensorFlow, type TfTensor } from './tensorflow.ts'

/** The result of running a backbone on images. */
export interface Forward {
  readonly stages: readonly Activations[]
  readonly features: FeatureStatistics
  readonly verdict: ForwardVerdict
  /** In one line, for people. */
  readonly reason: string
}

/**
 * `broken`: a stage has the wrong shape or a value that is not a number; `collapsed`: all images give the same features;
 * `unclear`: these weights, or these images, cannot show it.
 */
export type ForwardVerdict = 'sound' | 'collapsed' | 'broken' | 'unclear'

/** The batch size: larger batches are not faster, but take more memory. */
const BATCH = 4

/**
 * Below this, features of different images are nearly the same: their cosine is 0.99 on average. Measured (docs/probe.md):
 * trained ResNets 0.28 and 0.6, one trained to collapse 0.07 to 0.09; a constant has 0. Untrained ones show nothing: with
 * torchvision's initialisation they have 0.01 to 0.11, decreasing with depth.
 */
const COLLAPSED = 0.1

/** Features in one direction differ only by one number, even if their spread is large. */
const ONE_DIRECTION = 2

/** With fewer images, neither can be judged. */
const ENOUGH_IMAGES = 8

/**
 * The spread of the images themselves, computed like that of features: below this, they are nearly identical. The generated
 * ones have 0.9.
 */
const ALIKE = 0.1

/**
 * Runs a backbone with verified names and shapes on images, in evaluation mode: a ResNet, ViT, Swin or ConvNeXt.
 * @param engine TensorFlow.js with a backend that is ready
 * @param options `isTrained: false` means that the weights are at initialisation, so that the features show nothing
 * @throws UsageError for fewer than two images: a single one cannot differ
 * @throws UnsupportedError for other networks, and when a tensor's type is not floating-point with at least 16 bits
 */
export async function probeForward(
  engine: TensorFlow,
  state: StateDict,
  method: Pick<Method, 'style' | 'normalisation' | 'heads'>,
  images: readonly Picture[],
  { isTrained = true }: { readonly isTrained?: boolean } = {},
): Promise<Forward> {
  if (images.length < 2)
    throw new UsageError(
      `Expected at least two images, found ${images.length}.`,
      'Pass several images: features can only be compared between them.',
    )
  const tf = operationsOf(engine)
  const { normalisation } = method
  const network = requireRunnable(state)
  const batches: TfTensor[] = []
  for (let at = 0; at < images.length; at += BATCH)
    batches.push(batchOf(tf, images.slice(at, at + BATCH), normalisation))
  const stages: Activations[] = []
  const last = await network.run(tf, network.state, method, batches, async (name, outputs) => {
    stages.push(await activationsOf(name, outputs, network.expected(network.state, name)))
  })
  const features = featureStatistics(await pool(tf, last))
  const { spread } = featureStatistics(images.map(image => prepareImage(image, normalisation)))
  return { stages, features, ...judge(stages, features, { isTrained, areAlike: spread < ALIKE }) }
}

function batchOf(
  tf: Operations,
  images: readonly Picture[],
  normalisation: Method['normalisation'],
): TfTensor {
  const values = new Float32Array(images.length * SIDE * SIDE * 3)
  images.forEach((image, index) => {
    values.set(prepareImage(image, normalisation), index * SIDE * SIDE * 3)
  })
  return tf.tensor(values, [images.length, SIDE, SIDE, 3])
}

/** The mean over all positions, as used by a linear classifier: one feature per image. Disposes of the outputs. */
async function pool(tf: Operations, outputs: readonly TfTensor[]): Promise<Float32Array[]> {
  const features: Float32Array[] = []
  for (const output of outputs) {
    const means = tf.mean(output, [1, 2])
    const [count = 0, dimensions = 0] = means.shape
    const values = Float32Array.from(await means.data())
    for (let image = 0; image < count; image++)
      features.push(values.subarray(image * dimensions, (image + 1) * dimensions))
    means.dispose()
    output.dispose()
  }
  return features
}

function judge(
  stages: readonly Activations[],
  features: FeatureStatistics,
  circumstances: Circumstances,
): Pick<Forward, 'verdict' | 'reason'> {
  const wrong = stages.find(({ shape, expected }) => shape.some((size, axis) => size !== expected[axis]))
  if (wrong)
    return {
      verdict: 'broken',
      reason: `${wrong.name} outputs ${wrong.shape.join(' × ')}, but MMDetection expects ${wrong.expected.join(' × ')}`,
    }
  const bad = stages.find(({ notFinite }) => notFinite > 0)
  if (bad)
    return { verdict: 'broken', reason: `${bad.notFinite} activations of ${bad.name} are NaN or infinite` }
  return judgeFeatures(features, circumstances)
}

/** Reasons against conclusions. */
interface Circumstances {
  readonly isTrained: boolean
  /** Whether the images are nearly identical. */
  readonly areAlike: boolean
}

function judgeFeatures(
  { spread, effectiveRank, images }: FeatureStatistics,
  { isTrained, areAlike }: Circumstances,
): Pick<Forward, 'verdict' | 'reason'> {
  const facts = `features of ${images} images: spread ${Number(spread.toPrecision(3))} (0: all identical, 1: in all directions), effective rank ${effectiveRank.toFixed(1)}`
  const doubts = [
    [!isTrained, 'for untrained weights, these numbers mean nothing'],
    [images < ENOUGH_IMAGES, `it takes at least ${ENOUGH_IMAGES} images to see whether they have collapsed`],
    [areAlike, 'but the images themselves are nearly identical'],
  ] as const
  const doubt = doubts.find(([holds]) => holds)?.[1]
  if (doubt !== undefined) return { verdict: 'unclear', reason: `${facts}; ${doubt}` }
  if (spread < COLLAPSED)
    return { verdict: 'collapsed', reason: `${facts}: all images have nearly the same features` }
  return effectiveRank < ONE_DIRECTION
    ? { verdict: 'collapsed', reason: `${facts}: they vary in only one direction` }
    : { verdict: 'sound', reason: facts }
}
