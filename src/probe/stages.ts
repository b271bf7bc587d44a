/** Statistics of each stage of a backbone, and their verdicts. */
import { LAST_STAGE, type Look } from '../families/family.ts'
import type { StateDict } from '../tensor/tensor.ts'
import { ENOUGH } from './initial.ts'
import { type KernelStatistics, readKernels } from './kernels.ts'
import { type NormStatistics, readNorms } from './norms.ts'

/** What the weights of one stage are like. */
export interface StageStatistics extends KernelStatistics, NormStatistics {
  /** `stem`; `layer1` to `layer4` of a ResNet, `blocks.0` and so on of a ViT, `layers.0` of a Swin, `stages.0` of a ConvNeXt. */
  readonly name: string
  readonly looks: StageLooks
  /** A short reason; may be ''. */
  readonly remark: string
}

/** `atInit`: at initialisation. `broken`: no network works with it. `unclear`: neither trained nor at initialisation for certain. */
export type StageLooks = 'trained' | 'atInit' | 'broken' | 'unclear'

/**
 * @param options `sample` reads only the largest convolution of each stage, its last one: it shows equally well whether a
 *   stage is at initialisation, but less of everything else
 * @throws UnsupportedError when a tensor's type is not floating-point with at least 16 bits
 */
export async function readStages(
  state: StateDict,
  look: Look,
  { sample = false }: { readonly sample?: boolean } = {},
): Promise<StageStatistics[]> {
  const stages: StageStatistics[] = []
  for (const [name, names] of namesByStage(state, look)) {
    const kernels = names.filter(name => isKernel(name, state))
    const weights = await readKernels(sample ? largest(kernels, state) : kernels, state, look.initial)
    const others = names.filter(name => !isKernel(name, state))
    const { othersNotFinite, ...norms } = await readNorms(others, state)
    const statistics = { ...weights, ...norms, notFinite: weights.notFinite + othersNotFinite }
    stages.push({ name, ...statistics, ...judge(statistics) })
  }
  return stages
}

const STEM = 'stem'

/** A convolution or a linear layer. */
function isKernel(name: string, state: StateDict): boolean {
  const axes = state.get(name)!.shape.length
  return name.endsWith('.weight') && (axes === 4 || axes === 2)
}

/** The stem first, the others by number: files may have any order. */
function namesByStage(state: StateDict, { stages: rules }: Look): Map<string, readonly string[]> {
  const stages = new Map<string, string[]>()
  for (const name of state.keys()) {
    const [pattern, as] = rules.find(([pattern]) => pattern.test(name)) ?? []
    const stage = pattern ? pattern.exec(name)![0].replace(pattern, as!) : STEM
    stages.set(stage, [...(stages.get(stage) ?? []), name])
  }
  const after = stages.get(LAST_STAGE) ?? []
  stages.delete(LAST_STAGE)
  const order = (stage: string): string => (stage === STEM ? '' : stage)
  const sorted = [...stages].sort(([a], [b]) => order(a).localeCompare(order(b), 'en', { numeric: true }))
  sorted.at(-1)?.[1].push(...after)
  return new Map(sorted)
}

function largest(kernels: readonly string[], state: StateDict): string[] {
  const size = (name: string): number =>
    state.get(name)!.shape.reduce((product, length) => product * length, 1)
  const most = Math.max(...kernels.map(size))
  return kernels.filter(name => size(name) === most).slice(-1)
}

type Facts = KernelStatistics & NormStatistics

/** If at least this share of a stage's weights has the distribution of an initialisation, the stage is at initialisation. */
const MOST = 0.75

/** With a larger share of dead channels, a stage does not look trained. */
const MANY_DEAD = 0.1

/** The first one that applies is used. */
const SIGNS: readonly {
  readonly looks: StageLooks
  readonly applies: (stage: Facts) => boolean
  readonly remark: (stage: Facts) => string
}[] = [
  {
    looks: 'broken',
    applies: ({ notFinite }) => notFinite > 0,
    remark: ({ notFinite }) => `${notFinite} weights are NaN or infinite`,
  },
  {
    looks: 'broken',
    applies: ({ constant }) => constant > 0,
    remark: ({ constant, convolutions }) =>
      `${constant} of ${convolutions} weight tensors hold the same number everywhere`,
  },
  {
    looks: 'broken',
    applies: ({ variance, mean }) => ![...variance, ...mean].every(Number.isFinite),
    remark: () => 'running statistics are NaN or infinite',
  },
  {
    looks: 'broken',
    applies: ({ variance: [least] }) => least < 0,
    remark: () => 'a running variance is negative',
  },
  { looks: 'atInit', applies: isAtInit, remark: () => 'weights distributed as at initialisation' },
  {
    looks: 'broken',
    applies: stage => stage.running && hasSeenNothing(stage) && stage.scale !== 1,
    remark: () => 'weights are trained, but BatchNorm’s running statistics are still 0 and 1',
  },
  {
    looks: 'unclear',
    applies: ({ running, channels, scale, bias, weights }) =>
      !running && channels > 0 && weights >= ENOUGH && scale === 1 && bias === 0,
    remark: () => 'weights are trained, but every LayerNorm is at initialisation, and every bias is 0',
  },
  {
    looks: 'unclear',
    applies: ({ running, deadChannels, channels }) => running && deadChannels > MANY_DEAD * channels,
    remark: ({ deadChannels, channels }) => `${deadChannels} of ${channels} channels are dead`,
  },
  { looks: 'trained', applies: ({ weights }) => weights >= ENOUGH, remark: () => '' },
]

function judge(stage: Facts): Pick<StageStatistics, 'looks' | 'remark'> {
  const sign = SIGNS.find(({ applies }) => applies(stage))
  return { looks: sign?.looks ?? 'unclear', remark: sign?.remark(stage) ?? '' }
}

/** Each matrix separately: a stage may mix several distributions, and a single matrix may match by chance. */
function isAtInit({ initialShare, weights }: Facts): boolean {
  return weights >= ENOUGH && initialShare >= MOST
}

/** Whether running statistics are those of a new BatchNorm. */
export function hasSeenNothing({ variance, mean }: NormStatistics): boolean {
  return variance.every(value => value === 1) && mean.every(value => value === 0)
}
