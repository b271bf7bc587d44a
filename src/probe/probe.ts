/** Checks by its weights whether a backbone was trained, without running it. */
import type { StateDict } from '../tensor/tensor.ts'
import { nameCanonically } from './canonical.ts'
import {
  describeFilters,
  type FiltersLook,
  type FirstLayer,
  filtersLook,
  readFirstLayer,
} from './first-layer.ts'
import { hasSeenNothing, readStages, type StageLooks, type StageStatistics } from './stages.ts'

/** Follows “looks”. */
export const LOOKS_IN_WORDS: Readonly<Record<ProbeVerdict, string>> = {
  trained: 'trained',
  partly: 'partly random',
  random: 'random',
  unclear: 'unclear',
  broken: 'broken',
  collapsed: 'collapsed',
}

/** Whether a backbone looks trained, and why. */
export interface Judgement {
  readonly looks: Looks
  /** One line each. */
  readonly reasons: readonly string[]
}

/** A judgement, with the data that it is based on. */
export interface Probe extends Judgement {
  readonly firstLayer: FirstLayer
  readonly stages: readonly StageStatistics[]
}

/** What a backbone looks like. `partly`: some stages are at initialisation, and others are not. `broken`: no network works with these values. */
export type Looks = 'trained' | 'partly' | 'random' | 'broken' | 'unclear'

/** The overall verdict, the worst of all parts, including the run on images. */
export type ProbeVerdict = Looks | 'collapsed'

/**
 * Checks whether a backbone looks trained, from its filters and statistics, without running it. Reads every value once.
 * @param state under the names of any known code base, or MMDetection's with the prefix `backbone.`
 * @param order of the channels in the images that the network was trained on
 * @throws UnsupportedError when the first layer is not a convolution with square filters
 */
export async function probeBackbone(state: StateDict, order: 'rgb' | 'bgr' = 'rgb'): Promise<Probe> {
  const named = nameCanonically(state)
  const { look } = named.family
  const firstLayer = await readFirstLayer(named.state, order, look.firstLayer)
  const stages = judgeStem(await readStages(named.state, look), firstLayer)
  return { firstLayer, stages, ...judge(firstLayer, stages) }
}

/**
 * The same judgement from a part of the weights: the first layer, the vectors, and one convolution or linear layer of each
 * stage. Broken values elsewhere are not detected.
 * @throws UnsupportedError when the first layer is not a convolution with square filters
 */
export async function quickProbe(
  state: StateDict,
  order: 'rgb' | 'bgr' = 'rgb',
): Promise<Judgement & Pick<Probe, 'firstLayer'>> {
  const named = nameCanonically(state)
  const { look } = named.family
  const firstLayer = await readFirstLayer(named.state, order, look.firstLayer)
  const stages = judgeStem(await readStages(named.state, look, { sample: true }), firstLayer)
  return { firstLayer, ...judge(firstLayer, stages) }
}

type Verdict = Pick<StageStatistics, 'looks' | 'remark'>

const STEM: Readonly<Record<FiltersLook, (stage: StageStatistics, fixed: boolean) => Verdict>> = {
  noise: (_, fixed) =>
    fixed
      ? { looks: 'trained', remark: 'filters are noise: MoCo v3 does not train them' }
      : { looks: 'atInit', remark: 'filters are noise' },
  unclear: () => ({
    looks: 'unclear',
    remark: 'filters are neither noise nor clear edges and colours',
  }),
  trained: ({ looks, remark }) =>
    looks === 'unclear' && remark !== '' ? { looks, remark } : { looks: 'trained', remark: '' },
}

/** Filters show more about the stem than its few weights. */
function judgeStem(stages: StageStatistics[], firstLayer: FirstLayer): StageStatistics[] {
  const isTrained = stages.some(({ name, looks }) => name !== 'stem' && looks === 'trained')
  return stages.map(stage => {
    if (stage.name !== 'stem' || stage.looks === 'broken') return stage
    return { ...stage, ...STEM[filtersLook(firstLayer)](stage, isTrained && isFixed(firstLayer)) }
  })
}

/**
 * MoCo v3 does not train its patch embedding (facebookresearch/moco-v3 vits.py stop_grad_conv1), which is uniform within
 * ±√(6 / (3 · patch² + width)) and has no biases.
 */
function isFixed({ name, count, side, rms, largest }: FirstLayer): boolean {
  const bound = Math.sqrt(6 / (3 * side * side + count))
  const isUniform = Math.abs((Math.sqrt(3) * rms) / bound - 1) < 0.01 && largest < 1.001 * bound
  return name === 'patch_embed.proj.weight' && isUniform
}

function judge(firstLayer: FirstLayer, stages: readonly StageStatistics[]): Judgement {
  const { spread, noiseSpread } = firstLayer
  const normed = stages.filter(({ channels }) => channels > 0)
  const untouched = normed.length > 0 && normed.every(stage => stage.scale === 1 && hasSeenNothing(stage))
  const noise = Math.round(100 * noiseSpread)
  return {
    looks: overall(stages, untouched),
    reasons: [
      ...sayBroken(stages),
      describeFilters(firstLayer),
      `first-layer filters: their norms spread by ${(100 * spread).toFixed(0)} % of the mean (at initialisation: about ${noise} %)`,
      ...stages
        .filter(({ name, looks, remark }) => name === 'stem' && looks === 'trained' && remark)
        .map(({ remark }) => `first-layer ${remark}`),
      ...sayStages(stages),
      ...sayNorms(stages, untouched),
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

/** Stages with the same problem are listed together. */
function sayBroken(stages: readonly StageStatistics[]): string[] {
  const names = new Map<string, string[]>()
  for (const { name, looks, remark } of stages)
    if (looks === 'broken') names.set(remark, [...(names.get(remark) ?? []), name])
  return [...names].map(([remark, those]) => `${listed(those)}: ${remark}`)
}

/** The stages at initialisation, if there are stages to distinguish. */
function sayStages(stages: readonly StageStatistics[]): string[] {
  const layers = stages.filter(({ name }) => name !== 'stem')
  const atInit = layers.filter(({ looks }) => looks === 'atInit').map(({ name }) => name)
  if (layers.length === 0) return []
  if (atInit.length === 0) return ['no stage has weights distributed as at initialisation']
  return [`${listed(atInit)}: weights are still distributed as at initialisation`]
}

/** `stem, layer1 to layer4`: for three or more consecutive stages, the first and the last. */
function listed(names: readonly string[]): string {
  const number = (name: string | undefined): number => Number(/\d+$/.exec(name ?? '')?.[0])
  const runs: string[][] = []
  for (const name of names) {
    const run = runs.at(-1)
    if (run && number(name) === number(run.at(-1)) + 1) run.push(name)
    else runs.push([name])
  }
  return runs.map(run => (run.length > 2 ? `${run[0]} to ${run.at(-1)}` : run.join(', '))).join(', ')
}

function sayNorms(stages: readonly StageStatistics[], untouched: boolean): string[] {
  const normed = stages.filter(({ channels }) => channels > 0)
  const dead = normed.reduce((sum, stage) => sum + stage.deadChannels, 0)
  const channels = normed.reduce((sum, stage) => sum + stage.channels, 0)
  if (normed.length === 0) return []
  if (!normed.some(({ running }) => running))
    return [
      untouched
        ? 'every LayerNorm is at initialisation: scale 1'
        : 'LayerNorm has been trained: its scales have moved from 1',
      `${dead} of ${channels} channels have a LayerNorm scale close to 0`,
    ]
  return [
    untouched
      ? 'every BatchNorm is at initialisation: scale 1, mean 0, variance 1'
      : `BatchNorm has seen data${sayBatches(stages)}: its statistics have moved from 0 and 1`,
    `${dead} of ${channels} channels are dead (BatchNorm scale close to 0)`,
  ]
}

function sayBatches(stages: readonly StageStatistics[]): string {
  const batches = stages.map(stage => stage.batches).find(count => count !== undefined && count > 0)
  return batches === undefined ? '' : ` (${batches} batches)`
}
