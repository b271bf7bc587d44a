/** A backbone, stage by stage: statistics, and what they say. */
import type { StateDict } from '../tensor/tensor.ts'
import { type KernelStatistics, readKernels } from './kernels.ts'
import { type NormStatistics, readNorms } from './norms.ts'

export interface StageStatistics extends KernelStatistics, NormStatistics {
  /** `stem`, or `layer1` to `layer4`. */
  readonly name: string
  readonly looks: StageLooks
  /** Why, in some words; '' when there is nothing to say. */
  readonly remark: string
}

/** `atInit`: at initialisation. `broken`: no network works with it. `unclear`: neither trained nor at initialisation for certain. */
export type StageLooks = 'trained' | 'atInit' | 'broken' | 'unclear'

/**
 * @param options `sample` reads only the largest convolution of each stage, its last one: it tells as much of whether a stage
 *   is at initialisation, and less of everything else
 * @throws UnsupportedError when a tensor holds no floating-point numbers of 16 bits and more
 */
export async function readStages(
  state: StateDict,
  { sample = false }: { readonly sample?: boolean } = {},
): Promise<StageStatistics[]> {
  const stages: StageStatistics[] = []
  for (const [name, names] of namesByStage(state)) {
    const kernels = names.filter(name => state.get(name)!.shape.length === 4)
    const statistics = {
      ...(await readKernels(sample ? largest(kernels, state) : kernels, state)),
      ...(await readNorms(names, state)),
    }
    stages.push({ name, ...statistics, ...judge(statistics) })
  }
  return stages
}

function namesByStage(state: StateDict): Map<string, string[]> {
  const stages = new Map<string, string[]>()
  for (const name of state.keys()) {
    const stage = /^(layer\d+)\./.exec(name)?.[1] ?? 'stem'
    stages.set(stage, [...(stages.get(stage) ?? []), name])
  }
  return stages
}

function largest(kernels: readonly string[], state: StateDict): string[] {
  const size = (name: string): number =>
    state.get(name)!.shape.reduce((product, length) => product * length, 1)
  const most = Math.max(...kernels.map(size))
  return kernels.filter(name => size(name) === most).slice(-1)
}

type Facts = KernelStatistics & NormStatistics

/**
 * The distributions that weights are drawn from, by their kurtosis: normal (torchvision, MoCo, SwAV), uniform (PyTorch's own
 * default), and normal cut at two deviations (TensorFlow's). Training makes the tails heavier within some hundred steps.
 */
const KURTOSIS_AT_INIT = [3, 1.8, 2.366] as const

/** Fewer weights do not tell their distribution. */
const ENOUGH = 5000

/** A share of dead channels above which a stage is no longer what training alone makes of it. */
const MANY_DEAD = 0.1

/** The first that applies decides. */
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
      `${constant} of ${convolutions} convolutions hold one number throughout`,
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
    applies: stage => stage.channels > 0 && hasSeenNothing(stage) && stage.scale !== 1,
    remark: () => 'weights are trained, but BatchNorm’s running statistics are still 0 and 1',
  },
  {
    looks: 'unclear',
    applies: ({ deadChannels, channels }) => deadChannels > MANY_DEAD * channels,
    remark: ({ deadChannels, channels }) => `${deadChannels} of ${channels} channels are dead`,
  },
  { looks: 'trained', applies: ({ weights }) => weights >= ENOUGH, remark: () => '' },
]

function judge(stage: Facts): Pick<StageStatistics, 'looks' | 'remark'> {
  const sign = SIGNS.find(({ applies }) => applies(stage))
  return { looks: sign?.looks ?? 'unclear', remark: sign?.remark(stage) ?? '' }
}

function isAtInit({ kurtosis, weights }: Facts): boolean {
  // Of n normal numbers it is 3 ± √(24 / n).
  const tolerance = Math.max(0.01, 4 * Math.sqrt(24 / weights))
  return weights >= ENOUGH && KURTOSIS_AT_INIT.some(usual => Math.abs(kurtosis - usual) < tolerance)
}

/** Whether running statistics are those of a BatchNorm that was just made. */
export function hasSeenNothing({ variance, mean }: NormStatistics): boolean {
  return variance.every(value => value === 1) && mean.every(value => value === 0)
}
