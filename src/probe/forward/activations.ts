/** Statistics of the outputs of a stage. */
import type { StateDict } from '../../tensor/tensor.ts'
import { SIDE } from './images.ts'
import type { TfTensor } from './tensorflow.ts'

/** The output of a stage: its shape, the one that MMDetection expects, and the distribution of its values. */
export interface Activations {
  /**
   * `stem` (before pooling), and `layer1` to `layer4` of a ResNet: MMDetection's `out_indices` 0 to 3; for others, their
   * blocks or stages, and `norm`.
   */
  readonly name: string
  /** For one image: channels, height, width. */
  readonly shape: readonly [channels: number, height: number, width: number]
  /**
   * The expected `shape`; in a ResNet the channels of the last normalisation, and the image's side divided by 2 for the stem,
   * then by 4, 8, 16, 32.
   */
  readonly expected: readonly [channels: number, height: number, width: number]
  readonly mean: number
  readonly deviation: number
  readonly largest: number
  /** The share of activations that are 0, cut off by ReLU. */
  readonly zeros: number
  /** The number of NaNs and infinities. */
  readonly notFinite: number
}

/** Called with the outputs of the stem and of each stage, one per batch; may read, but not dispose of them. */
export type OnStage = (name: string, outputs: readonly TfTensor[]) => Promise<void>

/** The shape that MMDetection's necks expect from a stage. */
export function expectedShape(state: StateDict, stage: string): [number, number, number] {
  const number = stage === 'stem' ? 0 : Number(stage.slice('layer'.length))
  const last =
    state.get(number === 0 ? 'bn1.weight' : `${stage}.0.bn3.weight`) ?? state.get(`${stage}.0.bn2.weight`)
  const side = SIDE / 2 ** (1 + number)
  return [last?.shape[0] ?? 0, side, side]
}

export async function activationsOf(
  name: string,
  outputs: readonly TfTensor[],
  expected: Activations['expected'],
): Promise<Activations> {
  const [, height = 0, width = 0, channels = 0] = outputs[0]?.shape ?? []
  const sums = { count: 0, sum: 0, squares: 0, zeros: 0, notFinite: 0, largest: 0 }
  for (const output of outputs) addValues(sums, await output.data())
  const mean = sums.sum / sums.count
  return {
    name,
    shape: [channels, height, width],
    expected,
    mean,
    deviation: Math.sqrt(Math.max(sums.squares / sums.count - mean ** 2, 0)),
    largest: sums.largest,
    zeros: sums.zeros / sums.count,
    notFinite: sums.notFinite,
  }
}

interface Sums {
  count: number
  sum: number
  squares: number
  zeros: number
  notFinite: number
  largest: number
}

function addValues(sums: Sums, values: ArrayLike<number>): void {
  sums.count += values.length
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!
    if (!Number.isFinite(value)) sums.notFinite++
    if (value === 0) sums.zeros++
    if (value > sums.largest) sums.largest = value
    sums.sum += value
    sums.squares += value * value
  }
}
