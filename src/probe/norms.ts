/** The BatchNorm layers of a stage: what they have learnt, and what they have seen. */
import { isCounter } from '../families/family.ts'
import { readFloats, readTensor } from '../tensor/read-tensor.ts'
import type { StateDict } from '../tensor/tensor.ts'

/** Statistics over the BatchNorm layers of a stage. */
export interface NormStatistics {
  readonly channels: number
  /** Channels whose scale is next to nothing: whatever they see, they say the same. */
  readonly deadChannels: number
  /** Mean of the absolute scales; 1 at initialisation. */
  readonly scale: number
  /** The least and the largest running variance; both 1 at initialisation. */
  readonly variance: readonly [number, number]
  /** The least and the largest running mean; both 0 at initialisation. */
  readonly mean: readonly [number, number]
  /** How many batches were seen (`num_batches_tracked`); undefined in files of PyTorch before 0.4.1. */
  readonly batches: number | undefined
}

/** A scale starts at 1; below this, a channel adds less than a hundredth of what it did. */
const DEAD_BELOW = 0.01

/**
 * @param names all tensors of the stage
 * @throws UnsupportedError when one holds no floating-point numbers of 16 bits and more
 */
export async function readNorms(names: readonly string[], state: StateDict): Promise<NormStatistics> {
  const vectors = names.filter(name => state.get(name)!.shape.length === 1)
  const all = async (ending: string): Promise<number[]> => {
    const values: number[] = []
    for (const name of vectors.filter(name => name.endsWith(ending)))
      values.push(...(await readFloats(state.get(name)!)))
    return values
  }
  const scales = (await all('.weight')).map(Math.abs)
  return {
    channels: scales.length,
    deadChannels: scales.filter(scale => scale < DEAD_BELOW).length,
    scale: scales.reduce((sum, scale) => sum + scale, 0) / Math.max(scales.length, 1),
    variance: rangeOf(await all('.running_var'), 1),
    mean: rangeOf(await all('.running_mean'), 0),
    batches: await readBatches(names, state),
  }
}

/** NaN where one of them is: a comparison would pass it over. */
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
