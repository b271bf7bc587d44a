/** The data for a `probe` page: generated numbers similar to those of a trained ResNet-50. */

import { drawFilters } from '../../src/probe/picture.ts'
import { encodePng } from '../../src/probe/png.ts'
import type { ReportInput } from '../../src/probe/report/page.ts'
import type { StageStatistics } from '../../src/probe/stages.ts'

const NAMES = ['stem', 'layer1', 'layer2', 'layer3', 'layer4'] as const
const BINS = 41

/** The shares of a normal distribution. */
export const NORMAL: readonly number[] = shares(value => Math.exp(-(value ** 2) / 2))

function shares(density: (value: number) => number): number[] {
  const values = Array.from({ length: BINS }, (_, index) => density(-4 + (8 * (index + 0.5)) / BINS))
  const sum = values.reduce((total, value) => total + value)
  return values.map(value => value / sum)
}

export function stageOf(name: string, over: Partial<StageStatistics> = {}): StageStatistics {
  return {
    name,
    convolutions: 13,
    weights: 1_212_416,
    norm: 39.2,
    spread: 0.47,
    rms: 0.0306,
    rmsAtInit: 0.0712,
    histogram: shares(value => Math.exp(-3 * Math.abs(value))),
    kurtosis: 7.7,
    initialShare: 0,
    notFinite: 0,
    constant: 0,
    looks: 'trained',
    remark: '',
    channels: 3584,
    deadChannels: 12,
    scale: 0.28,
    bias: 0.9,
    running: true,
    variance: [3.42e-6, 10.5],
    mean: [-2.1, 1.9],
    batches: 1_000_800,
    ...over,
  }
}

/** @param over what differs from a trained backbone */
export async function reportOf(over: Partial<ReportInput> = {}): Promise<ReportInput> {
  const pixels = Float32Array.from({ length: 147 }, (_, index) => Math.sin(index / 5))
  const firstLayer = {
    name: 'conv1.weight',
    count: 64,
    side: 7,
    filters: Array.from({ length: 64 }, (_, index) => ({ index, norm: 1, pixels })),
    smoothness: 0.55,
    spread: 0.61,
    noiseSpread: 0.06,
    rms: 0.1,
    largest: 1,
  }
  const fates = NAMES.flatMap(stage => [
    [`module.encoder_q.${stage}.weight`, 'float32', '64×3×7×7', `${stage}.weight`, true] as const,
    [`module.encoder_k.${stage}.weight`, 'float32', '64×3×7×7', 'network key', false] as const,
  ])
  return {
    title: 'Probe of moco.pth',
    facts: [['file', 'moco.pth']],
    verdict: 'trained',
    probe: {
      looks: 'trained',
      reasons: ['edges and colours'],
      firstLayer,
      stages: NAMES.map(name => stageOf(name)),
    },
    filters: await encodePng(drawFilters(firstLayer)),
    network: 'query',
    others: [],
    fates: [...fates, ['module.queue', 'float32', '128×65536', 'dictionary of negatives', false]],
    version: '0.1.0',
    ...over,
  }
}
