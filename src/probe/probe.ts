/** Was this backbone trained? What its weights say, without running it. */
import type { StateDict } from '../tensor/tensor.ts'
import { describeFilters, type FirstLayer, filtersLook, readFirstLayer } from './first-layer.ts'
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

/** `partly`: some stages are at initialisation, and others are not. `broken`: no network works with these values. */
export type Looks = 'trained' | 'partly' | 'random' | 'broken' | 'unclear'

/** The whole verdict, the worst of all parts: also of what a run on images has shown. */
export type ProbeVerdict = Looks | 'collapsed'

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

type Verdict = Pick<StageStatistics, 'looks' | 'remark'>

const STEM: Readonly<Record<ReturnType<typeof filtersLook>, (stage: StageStatistics) => Verdict>> = {
  noise: () => ({ looks: 'atInit', remark: 'filters are noise' }),
  unclear: () => ({
    looks: 'unclear',
    remark: 'filters are more than noise, and less than edges and colours',
  }),
  trained: ({ looks, remark }) => ({
    looks: looks === 'unclear' && remark !== '' ? 'unclear' : 'trained',
    remark,
  }),
}

/** Filters tell more of the stem than its few weights do. */
function judgeStem(stages: StageStatistics[], { smoothness }: FirstLayer): StageStatistics[] {
  return stages.map(stage => {
    if (stage.name !== 'stem' || stage.looks === 'broken') return stage
    return { ...stage, ...STEM[filtersLook(smoothness)](stage) }
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
      describeFilters(smoothness),
      `first-layer filters: their norms spread by ${(100 * spread).toFixed(0)} % of the mean (at initialisation: about 6 %)`,
      ...sayStages(stages),
      untouched
        ? 'every BatchNorm is at initialisation: scale 1, mean 0, variance 1'
        : `BatchNorm has seen data${sayBatches(stages)}: its statistics have moved from 0 and 1`,
      `${dead} of ${channels} channels are dead (BatchNorm scale close to 0)`,
    ],
  }
}

function overall(stages: readonly StageStatistics[], untouched: boolean): Looks {
  const are = (looks: StageLooks): number => stages.filter(stage => stage.looks === looks).length
  if (are('broken') > 0) return 'broken'
  if (untouched || are('atInit') === stages.length) return 'random'
  if (are('atInit') > 0) return 'partly'
  return are('unclear') > 0 ? 'unclear' : 'trained'
}

/** Which stages are at initialisation, where there are stages to tell of. */
function sayStages(stages: readonly StageStatistics[]): string[] {
  const layers = stages.filter(({ name }) => name !== 'stem')
  const atInit = layers.filter(({ looks }) => looks === 'atInit').map(({ name }) => name)
  if (layers.length === 0) return []
  if (atInit.length === 0) return ['no stage has weights distributed as at initialisation']
  return [`${atInit.join(', ')}: weights are still distributed as at initialisation`]
}

function sayBatches(stages: readonly StageStatistics[]): string {
  const batches = stages.map(stage => stage.batches).find(count => count !== undefined && count > 0)
  return batches === undefined ? '' : ` (${batches} batches)`
}
