/**
 * Statistics of the weights of convolutions and linear layers, in one pass: scale, distribution, and whether they are constant.
 */
import type { Look } from '../families/family.ts'
import { readFloats } from '../tensor/read-tensor.ts'
import type { StateDict } from '../tensor/tensor.ts'
import { ENOUGH, hasInitialKurtosis, initialDeviation } from './initial.ts'

/** Statistics over the weights of convolutions and linear layers, all called convolutions here for short. */
export interface KernelStatistics {
  readonly convolutions: number
  readonly weights: number
  /** The L2 norm of all weights. */
  readonly norm: number
  /** Root mean square of the weights. */
  readonly rms: number
  /**
   * The value at initialisation: in a ResNet √(2 / (k² · outputs)), He's with fan-out (torchvision/models/resnet.py); in
   * transformers and ConvNeXt 0.02.
   */
  readonly rmsAtInit: number
  /** Standard deviation of the norms of a convolution's filters, divided by their mean; the average of all convolutions. */
  readonly spread: number
  /**
   * Mean fourth power of a convolution's weights, divided by the square of their mean square; the average over all weights. It
   * depends on the distribution, not on its scale: 3 for a normal one, 1.8 for a uniform one; training increases it.
   */
  readonly kurtosis: number
  /** The share of weights in matrices whose kurtosis is that of an initialisation; small matrices are not counted. */
  readonly initialShare: number
  /**
   * Histogram of the weights, from −4 to 4 times the standard deviation of their convolution at initialisation; the first and the
   * last bin include all values beyond. At initialisation, it is the bell curve.
   */
  readonly histogram: readonly number[]
  /** The number of weights that are NaN or infinite. */
  readonly notFinite: number
  /** The number of convolutions in which all weights are equal, for example zero. */
  readonly constant: number
}

export const BINS = 41
export const RANGE = 4

/**
 * @param names convolutions of 4 dimensions, linear layers of 2
 * @throws UnsupportedError when a tensor's type is not floating-point with at least 16 bits
 */
export async function readKernels(
  names: readonly string[],
  state: StateDict,
  initial: Look['initial'],
): Promise<KernelStatistics> {
  for (const name of names) state.get(name)!.announce?.()
  const counts = new Array<number>(BINS).fill(0)
  const kernels: Kernel[] = []
  for (const name of names) {
    const tensor = state.get(name)!
    kernels.push(describeKernel(await readFloats(tensor), tensor.shape, initial, counts))
  }
  const sum = (of: (kernel: Kernel) => number): number =>
    kernels.reduce((total, kernel) => total + of(kernel), 0)
  const weights = sum(kernel => kernel.weights)
  const perWeight = (of: (kernel: Kernel) => number): number =>
    sum(kernel => kernel.weights * of(kernel)) / Math.max(weights, 1)
  return {
    convolutions: kernels.length,
    weights,
    norm: Math.sqrt(sum(kernel => kernel.squares)),
    rms: Math.sqrt(sum(kernel => kernel.squares) / Math.max(weights, 1)),
    rmsAtInit: Math.sqrt(perWeight(kernel => kernel.atInit ** 2)),
    spread: sum(kernel => kernel.spread) / Math.max(kernels.length, 1),
    kurtosis: perWeight(kernel => kernel.kurtosis),
    initialShare: initialShareOf(kernels),
    histogram: counts.map(count => count / Math.max(weights, 1)),
    notFinite: sum(kernel => kernel.notFinite),
    constant: kernels.filter(kernel => kernel.isConstant).length,
  }
}

function initialShareOf(kernels: readonly Kernel[]): number {
  const sum = (some: readonly Kernel[]): number => some.reduce((total, { weights }) => total + weights, 0)
  const telling = kernels.filter(({ weights }) => weights >= ENOUGH)
  const initial = telling.filter(({ kurtosis, weights }) => hasInitialKurtosis(kurtosis, weights))
  return sum(initial) / Math.max(sum(telling), 1)
}

interface Kernel {
  readonly weights: number
  /** The deviation at initialisation. */
  readonly atInit: number
  readonly squares: number
  readonly kurtosis: number
  readonly spread: number
  readonly notFinite: number
  readonly isConstant: boolean
}

/** @param counts of the histogram; these weights are added */
function describeKernel(
  values: Float32Array,
  shape: readonly number[],
  initial: Look['initial'],
  counts: number[],
): Kernel {
  const [outputs = 1] = shape
  const atInit = initialDeviation(initial, shape)
  let [squares, fourths, notFinite] = [0, 0, 0]
  for (const value of values) {
    const square = value * value
    squares += square
    fourths += square * square
    if (!Number.isFinite(value)) notFinite++
    else counts[binOf(value / atInit)]!++
  }
  return {
    weights: values.length,
    atInit,
    squares,
    kurtosis: squares > 0 ? (fourths * values.length) / squares ** 2 : 0,
    spread: spreadOfFilters(values, outputs),
    notFinite,
    isConstant: values.every(value => value === values[0]),
  }
}

function binOf(value: number): number {
  return Math.min(BINS - 1, Math.max(0, Math.floor(((value + RANGE) / (2 * RANGE)) * BINS)))
}

function spreadOfFilters(values: Float32Array, outputs: number): number {
  const size = values.length / outputs
  let [sum, squares] = [0, 0]
  for (let output = 0; output < outputs; output++) {
    let square = 0
    for (let index = output * size; index < (output + 1) * size; index++) square += values[index]! ** 2
    sum += Math.sqrt(square)
    squares += square
  }
  const mean = sum / outputs
  return mean > 0 ? Math.sqrt(Math.max(0, squares / outputs - mean ** 2)) / mean : 0
}
