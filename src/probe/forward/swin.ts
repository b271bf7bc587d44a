/**
 * Runs a Swin Transformer with TensorFlow.js, block by block, like MMDetection's `SwinTransformer`
 * (mmdet/models/backbones/swin.py) in evaluation mode; with the authors' order of channels, which is equivalent.
 */
import { readFloats } from '../../tensor/read-tensor.ts'
import { announceAll, type StateDict } from '../../tensor/tensor.ts'
import type { OnStage } from './activations.ts'
import type { Operations, TfTensor } from './tensorflow.ts'
import {
  attention,
  EPSILON,
  embedPatches,
  feedForward,
  layerNorm,
  linear,
  runLastNorm,
} from './transformer.ts'
import { disposeWeights, loadWeights, replaceAll, type Weights } from './weights.ts'
import { cutIntoWindows, joinWindows, roll, type Windows, windowShifts } from './windows.ts'

/**
 * @param batches images as (images, height, width, 3), normalised; disposed of here
 * @param onStage called with the outputs of the embedding, of each stage before merging patches, and of the last
 *   normalisation
 * @returns the last outputs; the caller disposes of them
 */
export async function runSwin(
  tf: Operations,
  state: StateDict,
  batches: readonly TfTensor[],
  onStage: OnStage,
): Promise<readonly TfTensor[]> {
  announceAll(state)
  const embedding = await loadWeights(tf, state, 'patch_embed')
  let maps: readonly TfTensor[] = replaceAll(tf, batches, images =>
    layerNorm(tf, embedPatches(tf, images, embedding, 'proj'), embedding, 'norm.', EPSILON.default),
  )
  disposeWeights(embedding)
  await onStage('stem', maps)
  for (let stage = 0; state.has(`layers.${stage}.blocks.0.norm1.weight`); stage++) {
    for (let block = 0; state.has(`layers.${stage}.blocks.${block}.norm1.weight`); block++)
      maps = await runBlock(tf, state, `layers.${stage}.blocks.${block}`, block % 2 === 1, maps)
    await onStage(`layers.${stage}`, maps)
    if (!state.has(`layers.${stage}.downsample.norm.weight`)) continue
    const weights = await loadWeights(tf, state, `layers.${stage}.downsample`)
    maps = replaceAll(tf, maps, map => mergePatches(tf, map, weights))
    disposeWeights(weights)
  }
  if (!state.has('norm.weight')) return maps
  maps = await runLastNorm(tf, state, maps, EPSILON.default)
  await onStage('norm', maps)
  return maps
}

async function runBlock(
  tf: Operations,
  state: StateDict,
  name: string,
  isShifted: boolean,
  maps: readonly TfTensor[],
): Promise<readonly TfTensor[]> {
  const table = state.get(`${name}.attn.relative_position_bias_table`)!
  const [rows = 1, heads = 1] = table.shape
  const window = (Math.sqrt(rows) + 1) / 2
  const windows = { window, shift: isShifted ? Math.floor(window / 2) : 0 }
  const side = Math.ceil(maps[0]!.shape[1]! / window) * window
  const shifts = windowShifts(tf, await readFloats(table), heads, side, windows)
  const weights = await loadWeights(tf, state, name)
  const outputs = replaceAll(tf, maps, map => {
    const normed = layerNorm(tf, map, weights, 'norm1.', EPSILON.default)
    const middle = tf.add(map, lookInWindows(tf, normed, weights, windows, shifts))
    return tf.add(middle, feedForward(tf, layerNorm(tf, middle, weights, 'norm2.', EPSILON.default), weights))
  })
  disposeWeights(weights)
  shifts.dispose()
  return outputs
}

/** If windows do not fit the map, it is padded with zeros on the right and below, which take part. */
function lookInWindows(
  tf: Operations,
  map: TfTensor,
  weights: Weights,
  { window, shift }: Windows,
  shifts: TfTensor,
): TfTensor {
  const [images = 1, height = 1, width = 1, channels = 1] = map.shape
  const [below, right] = [height, width].map(size => (window - (size % window)) % window) as [number, number]
  const whole =
    below + right === 0
      ? map
      : tf.pad(map, [
          [0, 0],
          [0, below],
          [0, right],
          [0, 0],
        ])
  const heads = shifts.shape[1]!
  const cut = cutIntoWindows(tf, roll(tf, whole, shift), window)
  const joined = joinWindows(tf, attention(tf, cut, weights, heads, shifts), window, whole.shape)
  const back = roll(tf, joined, shift === 0 ? 0 : height + below - shift)
  return tf.slice(back, [0, 0, 0, 0], [images, height, width, channels])
}

/** Merges four neighbours: their channels become four blocks, in column-major order. */
function mergePatches(tf: Operations, map: TfTensor, weights: Weights): TfTensor {
  const [images = 1, height = 1, width = 1, channels = 1] = map.shape
  const cut = tf.reshape(map, [images, height / 2, 2, width / 2, 2, channels])
  const four = tf.reshape(tf.transpose(cut, [0, 1, 3, 4, 2, 5]), [
    images,
    height / 2,
    width / 2,
    4 * channels,
  ])
  return linear(tf, layerNorm(tf, four, weights, 'norm.', EPSILON.default), weights, 'reduction')
}
