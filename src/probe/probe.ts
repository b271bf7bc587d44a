/** Was this backbone trained? What its weights say, without running it. */
import type { StateDict } from '../tensor/tensor.ts'
import { type FirstLayer, readFirstLayer } from './first-layer.ts'
import { type NormStatistics, readNorms, readStages, type StageStatistics } from './stages.ts'

/** Whether a backbone looks trained, and the facts that say so. */
export interface Judgement {
  readonly looks: Looks
  /** Each in one line, for people. */
  readonly reasons: readonly string[]
}

export interface Probe extends Judgement {
  readonly firstLayer: FirstLayer
  readonly stages: readonly StageStatistics[]
}

export type Looks = 'trained' | 'partly' | 'random' | 'broken' | 'unclear'

/** The whole verdict, the worst of all parts. */
export type ProbeVerdict = Looks | 'collapsed'

/**
 * Between noise and filters: independent weights have a correlation of 0 ± 0.01 (64 filters of 147 weights); what trained
 * networks have begins far above.
 */
const SMOOTH = { noise: 0.08, trained: 0.3 } as const

/**
 * @param order of the channels in the images that the network was trained on
 * @throws UnsupportedError when the first layer is no convolution of colour images
 */
export async function probeBackbone(state: StateDict, order: 'rgb' | 'bgr' = 'rgb'): Promise<Probe> {
  const firstLayer = await readFirstLayer(state, order)
  const stages = await readStages(state)
  return { firstLayer, stages, ...judge(firstLayer, stages) }
}

/**
 * The same judgement, of the first layer and the vectors only: the large kernels are not read.
 * @throws UnsupportedError when the first layer is no convolution of colour images
 */
export async function glanceAtBackbone(state: StateDict): Promise<Judgement> {
  return judge(await readFirstLayer(state, 'rgb'), await readNorms(state))
}

function judge({ smoothness, spread }: FirstLayer, stages: readonly NormStatistics[]): Judgement {
  const isFresh = stages.every(({ scale, variance }) => scale === 1 && variance[0] === 1 && variance[1] === 1)
  const dead = stages.reduce((sum, stage) => sum + stage.deadChannels, 0)
  const channels = stages.reduce((sum, stage) => sum + stage.channels, 0)
  const looks = looksLike(smoothness, isFresh)
  const reasons = [
    `neighbouring weights of the first filters correlate by ${smoothness.toFixed(2)}: ${SAYS[looks]}`,
    `their norms spread by ${(100 * spread).toFixed(0)} % of the mean; noise has about 6 %`,
    isFresh
      ? 'every BatchNorm is as it was made: scale 1, variance 1'
      : 'BatchNorm has seen data: its scales and variances have moved from 1',
    `${dead} of ${channels} channels are dead (BatchNorm scale next to 0)`,
  ]
  return { looks, reasons }
}

function looksLike(smoothness: number, isFresh: boolean): Looks {
  if (isFresh || smoothness < SMOOTH.noise) return 'random'
  return smoothness >= SMOOTH.trained ? 'trained' : 'unclear'
}

const SAYS: Readonly<Record<Looks, string>> = {
  trained: 'edges and colours, not noise',
  partly: 'edges and colours, not noise',
  random: 'noise',
  broken: 'not all of them are numbers',
  unclear: 'more than noise, less than trained filters have; look at the picture',
}
