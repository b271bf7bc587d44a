/** The weights of one block: read, used for all images, released. */
import { UnsupportedError } from '../../errors.ts'
import { readFloats } from '../../tensor/read-tensor.ts'
import type { StateDict, Tensor } from '../../tensor/tensor.ts'
import type { Operations, TfTensor } from './tensorflow.ts'

/** By the name after the block's: `attn.qkv.weight`. */
export type Weights = ReadonlyMap<string, TfTensor>

/**
 * All weights of a block, in TensorFlow's order.
 * @param block the prefix without the dot: `blocks.0`
 * @throws UnsupportedError when a tensor's type is not floating-point with at least 16 bits
 */
export async function loadWeights(tf: Operations, state: StateDict, block: string): Promise<Weights> {
  const weights = new Map<string, TfTensor>()
  for (const [name, tensor] of state)
    if (name.startsWith(`${block}.`))
      weights.set(name.slice(block.length + 1), await loadWeight(tf, name, tensor))
  return weights
}

/** One weight: of a linear layer, a convolution, or unchanged. */
async function loadWeight(tf: Operations, name: string, tensor: Tensor): Promise<TfTensor> {
  const values = await readFloats(tensor)
  const order = name.endsWith('.weight') ? orderOf(tensor.shape) : undefined
  const plain = tf.tensor(values, [...tensor.shape])
  if (!order) return plain
  const ordered = tf.transpose(plain, [...order])
  plain.dispose()
  return ordered
}

/** From PyTorch's order to TensorFlow's: (outputs, inputs) to (inputs, outputs), kernels to (height, width, inputs, outputs). */
function orderOf(shape: readonly number[]): readonly number[] | undefined {
  if (shape.length === 2) return [1, 0]
  if (shape.length !== 4) return undefined
  // In a depthwise convolution, the channels take the place of the inputs.
  return shape[1] === 1 ? [2, 3, 0, 1] : [2, 3, 1, 0]
}

export function disposeWeights(weights: Weights): void {
  for (const tensor of weights.values()) tensor.dispose()
}

/** @throws UnsupportedError when there is no such weight: callers must verify that the network is complete */
export function weightOf(weights: Weights, name: string): TfTensor {
  const found = weights.get(name)
  if (found) return found
  throw new UnsupportedError(`The network has no ${name}, without which it cannot be run.`)
}

/** Replaces each batch by its result, and releases it. */
export function replaceAll(
  tf: Operations,
  batches: readonly TfTensor[],
  work: (images: TfTensor) => TfTensor,
): TfTensor[] {
  return batches.map(images => {
    const output = tf.tidy(() => work(images))
    images.dispose()
    return output
  })
}
