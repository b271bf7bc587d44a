/** Layers of transformers and ConvNeXt; channels are the last axis of inputs and outputs. */
import type { StateDict } from '../../tensor/tensor.ts'
import type { Operations, TfTensor } from './tensorflow.ts'
import { disposeWeights, loadWeights, replaceAll, type Weights, weightOf } from './weights.ts'

/** The value that PyTorch's classes add to the variance: `nn.LayerNorm`'s default, and the one in ViT and ConvNeXt. */
export const EPSILON = { default: 1e-5, small: 1e-6 } as const

/**
 * Over the channels of each position.
 * @param name the prefix of `weight` and `bias`: `norm1.`
 */
export function layerNorm(
  tf: Operations,
  x: TfTensor,
  weights: Weights,
  name: string,
  epsilon: number,
): TfTensor {
  const centred = tf.sub(x, tf.mean(x, [x.shape.length - 1], true))
  const variance = tf.mean(tf.square(centred), [x.shape.length - 1], true)
  const unit = tf.div(centred, tf.sqrt(tf.add(variance, epsilon)))
  const scaled = tf.mul(unit, weightOf(weights, `${name}weight`))
  return tf.add(scaled, weightOf(weights, `${name}bias`))
}

/** The normalisation after all blocks, `norm`. */
export async function runLastNorm(
  tf: Operations,
  state: StateDict,
  batches: readonly TfTensor[],
  epsilon: number,
): Promise<TfTensor[]> {
  const weights = await loadWeights(tf, state, 'norm')
  const outputs = replaceAll(tf, batches, x => layerNorm(tf, x, weights, '', epsilon))
  disposeWeights(weights)
  return outputs
}

/** As one product of two matrices, the fastest way in TensorFlow.js. */
export function linear(tf: Operations, x: TfTensor, weights: Weights, name: string): TfTensor {
  const weight = weightOf(weights, `${name}.weight`)
  const [inputs = 1, outputs = 1] = weight.shape
  const rows = tf.reshape(x, [x.shape.reduce((product, size) => product * size, 1) / inputs, inputs])
  const product = tf.reshape(tf.matMul(rows, weight), [...x.shape.slice(0, -1), outputs])
  const bias = weights.get(`${name}.bias`)
  return bias ? tf.add(product, bias) : product
}

/** `nn.GELU`, with the error function. */
export function gelu(tf: Operations, x: TfTensor): TfTensor {
  return tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1))
}

/** Two linear layers with a GELU between them, or SwiGLU, depending on the weights. */
export function feedForward(tf: Operations, x: TfTensor, weights: Weights): TfTensor {
  if (!weights.has('mlp.w12.weight'))
    return linear(tf, gelu(tf, linear(tf, x, weights, 'mlp.fc1')), weights, 'mlp.fc2')
  const [gate, value] = tf.split(linear(tf, x, weights, 'mlp.w12'), 2, x.shape.length - 1)
  const opened = tf.mul(tf.mul(gate!, tf.sigmoid(gate!)), value!)
  return linear(tf, opened, weights, 'mlp.w3')
}

/**
 * Multi-head attention among tokens.
 * @param tokens (sequences, tokens, channels)
 * @param shifts added to the logits: (some sequences, heads, tokens, tokens), repeated for the others
 */
export function attention(
  tf: Operations,
  tokens: TfTensor,
  weights: Weights,
  heads: number,
  shifts?: TfTensor,
): TfTensor {
  const [sequences = 1, count = 1, channels = 1] = tokens.shape
  const width = channels / heads
  const parts = tf.split(linear(tf, tokens, weights, 'attn.qkv'), 3, 2)
  const [queries, keys, values] = parts.map(part =>
    tf.transpose(tf.reshape(part, [sequences, count, heads, width]), [0, 2, 1, 3]),
  ) as [TfTensor, TfTensor, TfTensor]
  const logits = tf.matMul(tf.mul(queries, width ** -0.5), keys, false, true)
  const mixed = tf.matMul(tf.softmax(shifts ? shifted(tf, logits, shifts) : logits), values)
  const joined = tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [sequences, count, channels])
  return linear(tf, joined, weights, 'attn.proj')
}

function shifted(tf: Operations, logits: TfTensor, shifts: TfTensor): TfTensor {
  const [some = 1, ...rest] = shifts.shape
  const grouped = tf.reshape(logits, [logits.shape[0]! / some, some, ...rest])
  return tf.reshape(tf.add(grouped, shifts), logits.shape)
}

/** A convolution with a bias that cuts the image into patches. */
export function embedPatches(tf: Operations, images: TfTensor, weights: Weights, name: string): TfTensor {
  const kernel = weightOf(weights, `${name}.weight`)
  const convolved = tf.conv2d(images, kernel, kernel.shape[0]!, 'valid')
  return tf.add(convolved, weightOf(weights, `${name}.bias`))
}
