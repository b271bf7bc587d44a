/** Statistics of a backbone, stage by stage, beside what fresh initialisation gives. */

import { readFloats } from '../tensor/read-tensor.ts'
import type { StateDict } from '../tensor/tensor.ts'

/** Whether one stage looks trained; `fresh`: as initialisation leaves it. */
export type StageLooks = 'trained' | 'fresh' | 'broken' | 'unclear'

export interface StageStatistics extends NormStatistics {
  readonly convolutions: number
  readonly weights: number
  /** The L2 norm of all convolution weights. */
  readonly norm: number
  /** The deviation of the filters' norms over their mean. */
  readonly spread: number
  /** Root mean square of all convolution weights. */
  readonly rms: number
  /** What it is when they are fresh: He initialisation by outputs, √(2 / (k² · outputs)) (torchvision/models/resnet.py). */
  readonly freshRms: number
  /** Shares of weights by size, from −4 to 4 times the RMS; the ends hold what is beyond. */
  readonly histogram: readonly number[]
  /** 3 for a normal distribution, 1.8 for a uniform one. */
  readonly kurtosis: number
  readonly looks: StageLooks
  /** What is wrong or unusual; empty when nothing is. */
  readonly remark: string
  /** The largest num_batches_tracked. */
  readonly batches: number | undefined
}

/** Of the BatchNorm layers of a stage. */
export interface NormStatistics {
  /** `stem`, or `layer1` to `layer4`. */
  readonly name: string
  readonly channels: number
  /** Channels whose BatchNorm scale is next to nothing: whatever they see, they say the same. */
  readonly deadChannels: number
  /** Mean of the absolute BatchNorm scales; 1 when fresh. */
  readonly scale: number
  /** The least and the largest running variance; both 1 when fresh. */
  readonly variance: readonly [number, number]
}

export const BINS = 41
const RANGE = 4

/** A BatchNorm scale starts at 1; below this, a channel adds less than a hundredth of what it did. */
const DEAD_BELOW = 0.01

/** @throws UnsupportedError when a tensor holds no floating-point numbers of 16 bits and more */
export async function readStages(state: StateDict): Promise<StageStatistics[]> {
  const all: StageStatistics[] = []
  for (const [name, names] of namesByStage(state)) all.push(await readStage(name, names, state))
  return all
}

/**
 * The part that needs vectors only, and so is read in no time.
 * @throws UnsupportedError when a tensor holds no floating-point numbers of 16 bits and more
 */
export async function readNorms(state: StateDict): Promise<NormStatistics[]> {
  const all: NormStatistics[] = []
  for (const [name, names] of namesByStage(state)) all.push(await readNormsOf(name, names, state))
  return all
}

function namesByStage(state: StateDict): Map<string, string[]> {
  const stages = new Map<string, string[]>()
  for (const name of state.keys()) {
    const stage = /^(layer\d+)\./.exec(name)?.[1] ?? 'stem'
    stages.set(stage, [...(stages.get(stage) ?? []), name])
  }
  return stages
}

interface Sums {
  squares: number
  freshSquares: number
  weights: number
  convolutions: number
}

async function readStage(name: string, names: readonly string[], state: StateDict): Promise<StageStatistics> {
  const kernels = names.filter(name => state.get(name)!.shape.length === 4)
  const sums: Sums = { squares: 0, freshSquares: 0, weights: 0, convolutions: kernels.length }
  for (const kernel of kernels) state.get(kernel)!.announce?.()
  for (const kernel of kernels) await addKernel(sums, kernel, state)
  const rms = Math.sqrt(sums.squares / Math.max(sums.weights, 1))
  const norms = await readNormsOf(name, names, state)
  return {
    norm: Math.sqrt(sums.squares),
    spread: 0,
    kurtosis: 3,
    looks: norms.scale === 1 ? 'fresh' : 'unclear',
    remark: '',
    batches: undefined,
    convolutions: sums.convolutions,
    weights: sums.weights,
    rms,
    freshRms: Math.sqrt(sums.freshSquares / Math.max(sums.weights, 1)),
    histogram: await histogramOf(kernels, state, rms, sums.weights),
    ...norms,
  }
}

async function addKernel(sums: Sums, name: string, state: StateDict): Promise<void> {
  const tensor = state.get(name)!
  const values = await readFloats(tensor)
  for (const value of values) sums.squares += value * value
  const [outputs = 1, , height = 1, width = 1] = tensor.shape
  sums.freshSquares += (values.length * 2) / (outputs * height * width)
  sums.weights += values.length
}

async function histogramOf(
  kernels: readonly string[],
  state: StateDict,
  rms: number,
  weights: number,
): Promise<number[]> {
  for (const kernel of kernels) state.get(kernel)!.announce?.()
  const counts = new Array<number>(BINS).fill(0)
  for (const kernel of kernels)
    for (const value of await readFloats(state.get(kernel)!)) {
      const share = (value / (rms || 1) + RANGE) / (2 * RANGE)
      counts[Math.min(BINS - 1, Math.max(0, Math.floor(share * BINS)))]!++
    }
  return counts.map(count => count / Math.max(weights, 1))
}

async function readNormsOf(
  stage: string,
  names: readonly string[],
  state: StateDict,
): Promise<NormStatistics> {
  const scales: number[] = []
  let [least, largest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const name of names) {
    const tensor = state.get(name)!
    if (tensor.shape.length !== 1) continue
    if (name.endsWith('.weight')) scales.push(...(await readFloats(tensor)).map(Math.abs))
    if (!name.endsWith('.running_var')) continue
    for (const value of await readFloats(tensor)) {
      least = Math.min(least, value)
      largest = Math.max(largest, value)
    }
  }
  return {
    name: stage,
    channels: scales.length,
    deadChannels: scales.filter(scale => scale < DEAD_BELOW).length,
    scale: scales.reduce((sum, scale) => sum + scale, 0) / Math.max(scales.length, 1),
    variance: [least, largest],
  }
}
