/**
 * Runs a plain ViT with TensorFlow.js, block by block, like MMPretrain's `VisionTransformer`
 * (mmpretrain/models/backbones/vision_transformer.py) in evaluation mode.
 */
import { readFloats } from '../../tensor/read-tensor.ts'
import { announceAll, type StateDict } from '../../tensor/tensor.ts'
import type { OnStage } from './activations.ts'
import { resizeGrid } from './positions.ts'
import type { Operations, TfTensor } from './tensorflow.ts'
import { attention, EPSILON, embedPatches, feedForward, layerNorm, runLastNorm } from './transformer.ts'
import { disposeWeights, loadWeights, replaceAll, type Weights } from './weights.ts'

/**
 * @param batches images as (images, height, width, 3), normalised; disposed of here
 * @param onStage called with the outputs of the embedding, of each block and of the last normalisation, without the class
 *   token
 * @returns the outputs of the last one, as maps; the caller disposes of them
 */
export async function runVit(
  tf: Operations,
  state: StateDict,
  heads: number,
  batches: readonly TfTensor[],
  onStage: OnStage,
): Promise<readonly TfTensor[]> {
  announceAll(state)
  const embedding = await loadWeights(tf, state, 'patch_embed')
  const maps = replaceAll(tf, batches, images => embedPatches(tf, images, embedding, 'proj'))
  disposeWeights(embedding)
  const [, side = 1, , dims = 1] = maps[0]!.shape
  const { positions, first } = await loadPositions(tf, state, side, dims)
  let tokens: readonly TfTensor[] = replaceAll(tf, maps, map => {
    const patches = tf.add(tf.reshape(map, [map.shape[0]!, side * side, dims]), positions)
    return first ? tf.concat([tf.tile(first, [map.shape[0]!, 1, 1]), patches], 1) : patches
  })
  positions.dispose()
  first?.dispose()
  const tell = async (name: string): Promise<void> => {
    const maps = tokens.map(some => tf.tidy(() => asMap(tf, some, side)))
    await onStage(name, maps)
    for (const map of maps) map.dispose()
  }
  await tell('stem')
  for (let block = 0; state.has(`blocks.${block}.norm1.weight`); block++) {
    const weights = await loadWeights(tf, state, `blocks.${block}`)
    tokens = replaceAll(tf, tokens, some => runBlock(tf, some, weights, heads))
    disposeWeights(weights)
    await tell(`blocks.${block}`)
  }
  if (state.has('norm.weight')) {
    tokens = await runLastNorm(tf, state, tokens, EPSILON.small)
    await tell('norm')
  }
  return replaceAll(tf, tokens, some => asMap(tf, some, side))
}

interface Positions {
  /** For the patches: (1, patches, channels). */
  readonly positions: TfTensor
  /** The class token plus its position embedding: (1, 1, channels); undefined without a class token. */
  readonly first: TfTensor | undefined
}

async function loadPositions(
  tf: Operations,
  state: StateDict,
  side: number,
  dims: number,
): Promise<Positions> {
  const values = await readFloats(state.get('pos_embed')!)
  const rows = values.length / dims
  const from = Math.floor(Math.sqrt(rows))
  // A grid alone is a square; ViTDet keeps a row for the class token although it has none.
  const extra = rows - from ** 2
  const grid = resizeGrid(values.subarray(extra * dims), from, side)
  const token = state.get('cls_token')
  const first = token && (await readFloats(token)).map((value, at) => value + (extra ? values[at]! : 0))
  return {
    positions: tf.tensor(grid, [1, side * side, dims]),
    first: first && tf.tensor(first, [1, 1, dims]),
  }
}

/** Without the class token. */
function asMap(tf: Operations, tokens: TfTensor, side: number): TfTensor {
  const [images = 1, count = 1, dims = 1] = tokens.shape
  const patches = side * side
  const rest = tf.slice(tokens, [0, count - patches, 0], [images, patches, dims])
  return tf.reshape(rest, [images, side, side, dims])
}

function runBlock(tf: Operations, tokens: TfTensor, weights: Weights, heads: number): TfTensor {
  const scaled = (branch: TfTensor, scale: string): TfTensor => {
    const gamma = weights.get(scale)
    return gamma ? tf.mul(branch, gamma) : branch
  }
  const looked = attention(tf, layerNorm(tf, tokens, weights, 'norm1.', EPSILON.small), weights, heads)
  const middle = tf.add(tokens, scaled(looked, 'ls1.gamma'))
  const thought = feedForward(tf, layerNorm(tf, middle, weights, 'norm2.', EPSILON.small), weights)
  return tf.add(middle, scaled(thought, 'ls2.gamma'))
}
