/**
 * Runs a ResNet with TensorFlow.js, block by block: each block's weights are read, used for all images and released, so that
 * memory depends on the images, not on the network. Computes like MMDetection's `ResNet` (mmdet/models/backbones/resnet.py)
 * and torchvision's (torchvision/models/resnet.py) in evaluation mode.
 */
import { announceAll, type StateDict } from '../../tensor/tensor.ts'
import { disposeLayer, type Layer, loadLayer, padImages, relu, runLayer } from './layer.ts'
import type { Operations, TfTensor } from './tensorflow.ts'
import { replaceAll } from './weights.ts'

/** The place of a bottleneck's stride: `pytorch` in the 3×3 convolution, `caffe` in the first 1×1. */
export type Style = 'pytorch' | 'caffe'

/**
 * @param batches images as (images, height, width, 3), normalised; disposed of here
 * @param onStage called with the outputs of the stem and of each stage, one per batch; may read, but not dispose of them
 * @returns the outputs of the last stage; the caller disposes of them
 * @throws UnsupportedError when a tensor's type is not floating-point with at least 16 bits
 */
export async function runResNet(
  tf: Operations,
  state: StateDict,
  style: Style,
  batches: readonly TfTensor[],
  onStage: (name: string, outputs: readonly TfTensor[]) => Promise<void>,
): Promise<readonly TfTensor[]> {
  announceAll(state)
  const stem = await runStem(tf, state, batches)
  // Before pooling, which may hide a NaN next to a number.
  await onStage('stem', stem)
  let images = pool(tf, stem)
  for (const [stage, blocks] of blocksOf(state)) {
    for (const block of blocks) images = await runBlock(tf, state, style, block, images)
    await onStage(stage, images)
  }
  return images
}

/** `layer1` → `layer1.0`, `layer1.1`, …: stages and blocks by their numbers. */
function blocksOf(state: StateDict): Map<string, readonly string[]> {
  const counts = new Map<string, number>()
  for (const name of state.keys()) {
    const [, stage, block] = /^(layer\d+)\.(\d+)\./.exec(name) ?? []
    if (stage) counts.set(stage, Math.max(counts.get(stage) ?? 0, Number(block) + 1))
  }
  const stages = [...counts].sort(([a], [b]) => a.localeCompare(b))
  return new Map(
    stages.map(([stage, count]) => [stage, Array.from({ length: count }, (_, index) => `${stage}.${index}`)]),
  )
}

async function runStem(
  tf: Operations,
  state: StateDict,
  batches: readonly TfTensor[],
): Promise<readonly TfTensor[]> {
  const layer = await loadLayer(tf, state, 'conv1', 'bn1', 2)
  const outputs = replaceAll(tf, batches, images => relu(tf, runLayer(tf, images, layer)))
  disposeLayer(layer)
  return outputs
}

/** After ReLU, no activation is below 0, so padding with 0 does not affect the maximum. */
function pool(tf: Operations, batches: readonly TfTensor[]): readonly TfTensor[] {
  return replaceAll(tf, batches, images => tf.maxPool(padImages(tf, images, 1), 3, 2, 'valid'))
}

async function runBlock(
  tf: Operations,
  state: StateDict,
  style: Style,
  name: string,
  batches: readonly TfTensor[],
): Promise<readonly TfTensor[]> {
  const stride = /^layer[2-9]\.0$/.test(name) ? 2 : 1
  const layers = await Promise.all(
    stridesOf(state, name, stride, style).map((stride, index) =>
      loadLayer(tf, state, `${name}.conv${index + 1}`, `${name}.bn${index + 1}`, stride),
    ),
  )
  const shortcut = state.has(`${name}.downsample.0.weight`)
    ? await loadLayer(tf, state, `${name}.downsample.0`, `${name}.downsample.1`, stride)
    : undefined
  const outputs = replaceAll(tf, batches, images => addBranch(tf, images, layers, shortcut))
  for (const layer of [...layers, shortcut]) if (layer) disposeLayer(layer)
  return outputs
}

/** The stride of each convolution in a block: a basic block's first one has it. */
function stridesOf(state: StateDict, block: string, stride: number, style: Style): number[] {
  if (!state.has(`${block}.conv3.weight`)) return [stride, 1]
  return style === 'pytorch' ? [1, stride, 1] : [stride, 1, 1]
}

function addBranch(
  tf: Operations,
  images: TfTensor,
  layers: readonly Layer[],
  shortcut: Layer | undefined,
): TfTensor {
  let branch = images
  layers.forEach((layer, index) => {
    const output = runLayer(tf, branch, layer)
    branch = index + 1 < layers.length ? relu(tf, output) : output
  })
  return relu(tf, tf.add(branch, shortcut ? runLayer(tf, images, shortcut) : images))
}
