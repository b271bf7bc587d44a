/** A convolution and its batch normalisation, the building block of ResNets. */

import { readFloats } from '../../tensor/read-tensor.ts'
import type { StateDict } from '../../tensor/tensor.ts'
import type { Operations, TfTensor } from './tensorflow.ts'

export interface Layer {
  readonly stride: number
  readonly kernel: TfTensor
  readonly mean: TfTensor
  readonly variance: TfTensor
  readonly offset: TfTensor
  readonly scale: TfTensor
}

/** The value that PyTorch adds to the variance (torch.nn.BatchNorm2d, `eps`); TensorFlow's default differs. */
const EPSILON = 1e-5

/**
 * @param conv the name of a convolution, `norm` that of its normalisation: `layer1.0.conv1`, `layer1.0.bn1`
 * @throws UnsupportedError when a tensor's type is not floating-point with at least 16 bits
 */
export async function loadLayer(
  tf: Operations,
  state: StateDict,
  conv: string,
  norm: string,
  stride = 1,
): Promise<Layer> {
  const vector = async (part: string): Promise<TfTensor> => {
    const values = await readFloats(state.get(`${norm}.${part}`)!)
    return tf.tensor(values, [values.length])
  }
  return {
    stride,
    kernel: await loadKernel(tf, state, `${conv}.weight`),
    mean: await vector('running_mean'),
    variance: await vector('running_var'),
    offset: await vector('bias'),
    scale: await vector('weight'),
  }
}

/** From PyTorch's order (outputs, inputs, height, width) to TensorFlow's (height, width, inputs, outputs). */
async function loadKernel(tf: Operations, state: StateDict, name: string): Promise<TfTensor> {
  const tensor = state.get(name)!
  const values = await readFloats(tensor)
  return tf.tidy(() => tf.transpose(tf.tensor(values, [...tensor.shape]), [2, 3, 1, 0]))
}

export function disposeLayer({ kernel, mean, variance, offset, scale }: Layer): void {
  for (const tensor of [kernel, mean, variance, offset, scale]) tensor.dispose()
}

/** @param images (images, height, width, inputs) → (images, height ÷ stride, width ÷ stride, outputs) */
export function runLayer(tf: Operations, images: TfTensor, layer: Layer): TfTensor {
  const { kernel, stride, mean, variance, offset, scale } = layer
  const [side = 1] = kernel.shape
  const convolved = convolve(tf, padImages(tf, images, (side - 1) / 2), kernel, stride)
  return tf.batchNorm(convolved, mean, variance, offset, scale, EPSILON)
}

/** Explicit padding, because TensorFlow's `same` pads less on the left than PyTorch with a stride of 2. */
export function padImages(tf: Operations, images: TfTensor, by: number): TfTensor {
  const none: [number, number] = [0, 0]
  return by === 0 ? images : tf.pad(images, [none, [by, by], [by, by], none])
}

/** The number of groups follows from the inputs of kernel and images: TensorFlow.js has no grouped convolution. */
function convolve(tf: Operations, images: TfTensor, kernel: TfTensor, stride: number): TfTensor {
  const groups = images.shape[3]! / kernel.shape[2]!
  if (groups === 1) return tf.conv2d(images, kernel, stride, 'valid')
  const kernels = tf.split(kernel, groups, 3)
  const parts = tf
    .split(images, groups, 3)
    .map((part, group) => tf.conv2d(part, kernels[group]!, stride, 'valid'))
  return tf.concat(parts, 3)
}

/** A ReLU that keeps NaN: the wasm backend's own turns a NaN with a sign into 0, and so hides it. */
export function relu(tf: Operations, images: TfTensor): TfTensor {
  const zeros = tf.zerosLike(images)
  return tf.where(tf.less(images, zeros), zeros, images)
}
