/** Statistics of a stage's normalisations, BatchNorm or LayerNorm: learnt parameters and running statistics. */
import { isCounter } from '../families/family.ts'
import { dtypeFacts } from '../tensor/dtype.ts'
import { readFloats, readTensor } from '../tensor/read-tensor.ts'
import type { StateDict } from '../tensor/tensor.ts'

/** Statistics over the normalisations of a stage. */
export interface NormStatistics {
  readonly channels: number
  /** Channels whose scale is close to 0: their output hardly depends on their input. */
  readonly deadChannels: number
  /** Mean of the absolute scales; 1 at initialisation. */
  readonly scale: number
  /** The largest absolute bias, including linear layers; 0 at initialisation, except for convolutions with PyTorch's default. */
  readonly bias: number
  /** Whether they have running statistics: BatchNorm has, LayerNorm does not. */
  readonly running: boolean
  /** The smallest and the largest running variance; both 1 at initialisation. */
  readonly variance: readonly [number, number]
  /** The smallest and the largest running mean; both 0 at initialisation. */
  readonly mean: readonly [number, number]
  /** The number of batches seen (`num_batches_tracked`); undefined in files from PyTorch before 0.4.1. */
  readonly batches: number | undefined
}

/** Also for other tensors: position embeddings, tokens, tables. */
export interface RestStatistics extends NormStatistics {
  /** NaNs and infinities, except in running statistics, for which ranges are reported. */
  readonly othersNotFinite: number
}

/** A scale starts at 1; below this, a channel contributes less than a hundredth of that. */
const DEAD_BELOW = 0.01

const RUNNING = ['.running_var', '.running_mean'] as const

/**
 * @param names all tensors of the stage except its convolutions and linear weights
 * @throws UnsupportedError when a tensor's type is not floating-point with at least 16 bits
 */
export async function readNorms(names: readonly string[], state: StateDict): Promise<RestStatistics> {
  const values = new Map<string, Float32Array>()
  for (const name of names)
    if (dtypeFacts(state.get(name)!.dtype).kind === 'float')
      values.set(name, await readFloats(state.get(name)!))
  const all = (ending: string): number[] => {
    const found: number[] = []
    for (const [name, some] of values)
      if (name.endsWith(ending) && state.get(name)!.shape.length === 1) found.push(...some)
    return found
  }
  const scales = all('.weight').map(Math.abs)
  const [variances, means] = RUNNING.map(all) as [number[], number[]]
  return {
    channels: scales.length,
    deadChannels: scales.filter(scale => scale < DEAD_BELOW).length,
    scale: scales.reduce((sum, scale) => sum + scale, 0) / Math.max(scales.length, 1),
    bias: all('.bias').reduce((largest, bias) => Math.max(largest, Math.abs(bias)), 0),
    running: variances.length > 0,
    variance: rangeOf(variances, 1),
    mean: rangeOf(means, 0),
    batches: await readBatches(names, state),
    othersNotFinite: countNotFinite(values),
  }
}

function countNotFinite(values: ReadonlyMap<string, Float32Array>): number {
  let count = 0
  for (const [name, some] of values) {
    if (RUNNING.some(ending => name.endsWith(ending))) continue
    for (const value of some) if (!Number.isFinite(value)) count++
  }
  return count
}

/** NaN if one of them is NaN, which a comparison would ignore. */
function rangeOf(values: readonly number[], atInit: number): [number, number] {
  if (values.length === 0) return [atInit, atInit]
  return values.reduce<[number, number]>(
    ([least, largest], value) => [Math.min(least, value), Math.max(largest, value)],
    [values[0]!, values[0]!],
  )
}

async function readBatches(names: readonly string[], state: StateDict): Promise<number | undefined> {
  const counter = names.find(name => isCounter(name) && state.get(name)!.dtype === 'int64')
  if (counter === undefined) return undefined
  const [batches] = await readTensor(state.get(counter)!)
  return Number(batches)
}
