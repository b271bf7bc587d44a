/** Was this backbone trained? What its weights say, without running it. */
import type { StateDict } from '../tensor/tensor.ts'
import { type FirstLayer, readFirstLayer } from './first-layer.ts'
import { hasSeenNothing, readStages, type StageLooks, type StageStatistics } from './stages.ts'

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

/** `partly`: some stages are as initialisation leaves them, and others are not. `broken`: no network works with these values. */
export type Looks = 'trained' | 'partly' | 'random' | 'broken' | 'unclear'

/** The whole verdict, the worst of all parts: also of what a run on images has shown. */
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
  const stages = judgeStem(await readStages(state), firstLayer)
  return { firstLayer, stages, ...judge(firstLayer, stages) }
}

/**
 * The same judgement from a tenth of the weights: the first layer, the vectors, and one convolution of each stage. Values that
 * are broken elsewhere are not seen.
 * @throws UnsupportedError when the first layer is no convolution of colour images
 */
export async function quickProbe(
  state: StateDict,
  order: 'rgb' | 'bgr' = 'rgb',
): Promise<Judgement & Pick<Probe, 'firstLayer'>> {
  const firstLayer = await readFirstLayer(state, order)
  const stages = judgeStem(await readStages(state, { sample: true }), firstLayer)
  return { firstLayer, ...judge(firstLayer, stages) }
}

/** Filters tell more of the stem than its few weights do. */
function judgeStem(stages: StageStatistics[], { smoothness }: FirstLayer): StageStatistics[] {
  return stages.map(stage => {
    if (stage.name !== 'stem' || stage.looks === 'broken') return stage
    if (smoothness < SMOOTH.noise) return { ...stage, looks: 'fresh', remark: 'filters are noise' }
    return smoothness < SMOOTH.trained
      ? { ...stage, looks: 'unclear', remark: 'filters are more than noise, and less than edges and colours' }
      : { ...stage, looks: stage.looks === 'unclear' && stage.remark !== '' ? 'unclear' : 'trained' }
  })
}

function judge({ smoothness, spread }: FirstLayer, stages: readonly StageStatistics[]): Judgement {
  const untouched = stages.every(stage => stage.scale === 1 && hasSeenNothing(stage))
  const dead = stages.reduce((sum, stage) => sum + stage.deadChannels, 0)
  const channels = stages.reduce((sum, stage) => sum + stage.channels, 0)
  return {
    looks: overall(stages, untouched),
    reasons: [
      ...stages.filter(({ looks }) => looks === 'broken').map(({ name, remark }) => `${name}: ${remark}`),
      `neighbouring weights of the first filters correlate by ${smoothness.toFixed(2)}: ${sayFilters(smoothness)}`,
      `their norms spread by ${(100 * spread).toFixed(0)} % of the mean; noise has about 6 %`,
      ...sayStages(stages),
      untouched
        ? 'every BatchNorm is as it was made: scale 1, mean 0, variance 1'
        : `BatchNorm has seen data${sayBatches(stages)}: its statistics have moved from 0 and 1`,
      `${dead} of ${channels} channels are dead (BatchNorm scale next to 0)`,
    ],
  }
}

function overall(stages: readonly StageStatistics[], untouched: boolean): Looks {
  const are = (looks: StageLooks): number => stages.filter(stage => stage.looks === looks).length
  if (are('broken') > 0) return 'broken'
  if (untouched || are('fresh') === stages.length) return 'random'
  if (are('fresh') > 0) return 'partly'
  return are('unclear') > 0 ? 'unclear' : 'trained'
}

function sayFilters(smoothness: number): string {
  if (Number.isNaN(smoothness)) return 'they hold values that are no numbers'
  if (smoothness < SMOOTH.noise) return 'noise'
  return smoothness < SMOOTH.trained
    ? 'more than noise, less than trained filters have; look at the picture'
    : 'edges and colours, not noise'
}

/** Which stages are fresh, where there are stages to tell of. */
function sayStages(stages: readonly StageStatistics[]): string[] {
  const layers = stages.filter(({ name }) => name !== 'stem')
  const fresh = layers.filter(({ looks }) => looks === 'fresh').map(({ name }) => name)
  if (layers.length === 0) return []
  if (fresh.length === 0) return ['no stage has weights as initialisation leaves them']
  const are = fresh.length === 1 ? 'has' : 'have'
  return [`${fresh.join(', ')} ${are} weights as initialisation leaves them, by their distribution`]
}

function sayBatches(stages: readonly StageStatistics[]): string {
  const batches = stages.map(stage => stage.batches).find(count => count !== undefined && count > 0)
  return batches === undefined ? '' : ` (${batches} batches)`
}
