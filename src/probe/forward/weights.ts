/** The weights of one block: read, used for all images, released. */
import { UnsupportedError } from '../../errors.ts'
import { readFloats } from '../../tensor/read-tensor.ts'
import type { StateDict, Tensor } from '../../tensor/tensor.ts'
import type { Operations, TfTensor } from './tensorflow.ts'

/** By what follows the name of the block: `attn.qkv.weight`. */
export type Weights = ReadonlyMap<string, TfTensor>

/**
 * All weights of a block, in TensorFlow's order.
 * @param block what comes before the dot: `blocks.0`
 * @throws UnsupportedError when a tensor holds no floating-point numbers of 16 bits and more
 */
export async function loadWeights(tf: Operations, state: StateDict, block: string): Promise<Weights> {
  const weights = new Map<string, TfTensor>()
  for (const [name, tensor] of state)
    if (name.startsWith(`${block}.`))
      weights.set(name.slice(block.length + 1), await loadWeight(tf, name, tensor))
  return weights
}

/** One weight: of a linear layer, a convolution, or as it is. */
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
  // A convolution of each channel by itself has the channels where others have inputs.
  return shape[1] === 1 ? [2, 3, 0, 1] : [2, 3, 1, 0]
}

export function disposeWeights(weights: Weights): void {
  for (const tensor of weights.values()) tensor.dispose()
}

/** @throws UnsupportedError when there is no such weight: the caller has verified that the network is whole, or should have */
export function weightOf(weights: Weights, name: string): TfTensor {
  const found = weights.get(name)
  if (found) return found
  throw new UnsupportedError(`The network has no ${name}, without which it cannot be run.`)
}

/** Each batch makes room for what is made of it. */
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
