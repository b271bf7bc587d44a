/** What a network must hold: every tensor's name, shape and kind. The makers below spell out layers as PyTorch does. */

/** One tensor that a network must hold. */
export interface TensorSpec {
  readonly name: string
  readonly shape: readonly number[]
  readonly kind: 'float' | 'int64'
  /** May be missing, but only together with all others of its kind: PyTorch before 0.4.1 had no such tensors. */
  readonly optional?: true
}

/** A network that a backbone can be verified against: what it must hold, tensor by tensor. */
export interface Architecture {
  /** torchvision's name where it has the network: `resnet50`, `wide_resnet50_2`. */
  readonly name: string
  /** For people: `ResNet-50`. */
  readonly title: string
  /** How many tensors there are, without those that are optional: tells most architectures apart without spelling them out. */
  readonly count: number
  /** In the order of PyTorch's `state_dict()`. */
  tensors(): readonly TensorSpec[]
}

/** A square convolution without bias; `inputs` counts the channels of one group. */
export function conv(name: string, inputs: number, outputs: number, kernel: number): TensorSpec[] {
  return [{ name: `${name}.weight`, shape: [outputs, inputs, kernel, kernel], kind: 'float' }]
}

/** Batch normalisation over `channels`: four vectors, and a counter that came with PyTorch 0.4.1. */
export function norm(name: string, channels: number): TensorSpec[] {
  const vector = (part: string): TensorSpec => ({ name: `${name}.${part}`, shape: [channels], kind: 'float' })
  return [
    vector('weight'),
    vector('bias'),
    vector('running_mean'),
    vector('running_var'),
    { name: `${name}${COUNTER}`, shape: [], kind: 'int64', optional: true },
  ]
}

const COUNTER = '.num_batches_tracked'

/** Whether a name is that of a BatchNorm's counter of batches. */
export function isCounter(name: string): boolean {
  return name.endsWith(COUNTER)
}
