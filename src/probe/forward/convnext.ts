/**
 * Runs a ConvNeXt, V1 or V2, with TensorFlow.js, block by block, like its authors' class and MMPretrain's `ConvNeXt`
 * (mmpretrain/models/backbones/convnext.py) in evaluation mode.
 */
import { announceAll, type StateDict } from '../../tensor/tensor.ts'
import type { OnStage } from './activations.ts'
import { padImages } from './layer.ts'
import type { Operations, TfTensor } from './tensorflow.ts'
import { EPSILON, embedPatches, gelu, layerNorm, linear, runLastNorm } from './transformer.ts'
import { disposeWeights, loadWeights, replaceAll, type Weights, weightOf } from './weights.ts'

/**
 * @param batches images as (images, height, width, 3), normalised; disposed of here
 * @param onStage called with the outputs of the stem, of each stage, and of the last normalisation
 * @returns the last outputs; the caller disposes of them
 */
export async function runConvNeXt(
  tf: Operations,
  state: StateDict,
  batches: readonly TfTensor[],
  onStage: OnStage,
): Promise<readonly TfTensor[]> {
  announceAll(state)
  let maps = batches
  for (let stage = 0; state.has(`downsample_layers.${stage}.0.weight`); stage++) {
    const step = await loadWeights(tf, state, `downsample_layers.${stage}`)
    maps = replaceAll(tf, maps, map =>
      stage === 0
        ? layerNorm(tf, embedPatches(tf, map, step, '0'), step, '1.', EPSILON.small)
        : embedPatches(tf, layerNorm(tf, map, step, '0.', EPSILON.small), step, '1'),
    )
    disposeWeights(step)
    if (stage === 0) await onStage('stem', maps)
    for (let block = 0; state.has(`stages.${stage}.${block}.dwconv.weight`); block++) {
      const weights = await loadWeights(tf, state, `stages.${stage}.${block}`)
      maps = replaceAll(tf, maps, map => runBlock(tf, map, weights))
      disposeWeights(weights)
    }
    await onStage(`stages.${stage}`, maps)
  }
  if (!state.has('norm.weight')) return maps
  maps = await runLastNorm(tf, state, maps, EPSILON.small)
  await onStage('norm', maps)
  return maps
}

function runBlock(tf: Operations, map: TfTensor, weights: Weights): TfTensor {
  const kernel = weightOf(weights, 'dwconv.weight')
  const padded = padImages(tf, map, (kernel.shape[0]! - 1) / 2)
  const mixed = tf.add(tf.depthwiseConv2d(padded, kernel, 1, 'valid'), weightOf(weights, 'dwconv.bias'))
  const wide = gelu(tf, linear(tf, layerNorm(tf, mixed, weights, 'norm.', EPSILON.small), weights, 'pwconv1'))
  const narrow = linear(tf, respond(tf, wide, weights), weights, 'pwconv2')
  const gamma = weights.get('gamma')
  return tf.add(map, gamma ? tf.mul(narrow, gamma) : narrow)
}

/** Global response normalisation, in V2 (facebookresearch/ConvNeXt-V2 models/utils.py GRN). */
function respond(tf: Operations, map: TfTensor, weights: Weights): TfTensor {
  const gamma = weights.get('grn.gamma')
  if (!gamma) return map
  const energy = tf.sqrt(tf.sum(tf.square(map), [1, 2], true))
  const share = tf.div(energy, tf.add(tf.mean(energy, [3], true), EPSILON.small))
  return tf.add(tf.add(tf.mul(tf.mul(map, share), gamma), weightOf(weights, 'grn.beta')), map)
}
