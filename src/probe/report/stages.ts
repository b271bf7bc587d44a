/** The table of stages: whether each looks trained, with statistics and their values at initialisation. */

import type { StageLooks, StageStatistics } from '../stages.ts'
import { drawHistogram } from './histogram.ts'
import { type Column, count, drawTable, escapeHtml, number, percent, type Tone } from './html.ts'

const TONES: Readonly<Record<StageLooks, Tone>> = {
  trained: 'good',
  atInit: 'bad',
  broken: 'bad',
  unclear: 'doubt',
}

/** For people, here and in the terminal. */
export const LOOKS: Readonly<Record<StageLooks, string>> = {
  trained: 'trained',
  atInit: 'at initialisation',
  broken: 'broken',
  unclear: 'unclear',
}

const RUNNING_VARIANCE: Column<StageStatistics> = {
  title: 'Running variance',
  cell: ({ variance: [least, largest], batches }) =>
    `${number(least)} to ${number(largest)}${batches === undefined ? '' : ` <small>after ${count(batches)} batches</small>`}`,
  atInit: '1 to 1',
  numeric: true,
}

type Norm = 'BatchNorm' | 'LayerNorm'

const columnsFor = (norm: Norm): readonly Column<StageStatistics>[] => [
  { title: 'Stage', cell: ({ name }) => escapeHtml(name) },
  {
    title: 'Verdict',
    cell: ({ looks, remark }) =>
      `<b class="${TONES[looks]}">${LOOKS[looks]}</b>${remark && ` <small>${escapeHtml(remark)}</small>`}`,
  },
  {
    title: 'Histogram',
    cell: stage => `${drawHistogram(stage)}<small>kurtosis ${number(stage.kurtosis)}</small>`,
    atInit: 'the curve, kurtosis 3 (trained: heavier tails)',
  },
  {
    title: 'RMS',
    cell: ({ rms, rmsAtInit }) => `${number(rms)} <small>(${number(rmsAtInit)})</small>`,
    atInit: 'in brackets',
    numeric: true,
  },
  { title: 'Spread', cell: ({ spread }) => percent(spread), atInit: 'about 6 % in the stem', numeric: true },
  {
    title: `${norm} scale`,
    // The stem of a transformer has no normalisation.
    cell: ({ scale, channels }) => (channels === 0 ? '' : number(scale)),
    atInit: '1',
    numeric: true,
  },
  ...(norm === 'BatchNorm' ? [RUNNING_VARIANCE] : []),
  {
    title: 'Dead channels',
    cell: ({ deadChannels, channels }) =>
      channels === 0 ? '' : `${count(deadChannels)} of ${count(channels)}`,
    atInit: '0',
    numeric: true,
  },
  { title: 'Norm', cell: ({ norm }) => number(norm), numeric: true },
  {
    title: 'Weights',
    cell: ({ weights, convolutions }) =>
      `${count(weights)} <small>in ${count(convolutions)} ${convolutions === 1 ? 'convolution' : 'convolutions'}</small>`,
    numeric: true,
  },
]

export function stagesSection(stages: readonly StageStatistics[]): string {
  const norm = stages.some(({ running }) => running) ? 'BatchNorm' : 'LayerNorm'
  return `<section><h2>Stages</h2>
${drawTable('Statistics of each stage', columnsFor(norm), stages)}
<p class="legend"><span class="solid"></span> solid: this file · <span class="outline"></span> outline: at initialisation. The axis goes from −4 to 4 standard deviations of the initialisation; the outermost bars include all values beyond. Bars that reach the top are cut off.</p>
<details><summary>What the numbers mean</summary><dl>
${meanings(norm)
  .map(([term, text]) => `<dt>${term}</dt><dd>${text}</dd>`)
  .join('\n')}
</dl></details></section>`
}

const meanings = (norm: Norm): readonly (readonly [term: string, text: string])[] => [
  [
    'Verdict',
    '“at initialisation”: weights are distributed as before training; “broken”: the stage contains NaN, infinite values or only zeros.',
  ],
  [
    'Histogram',
    'All convolution weights of the stage, divided by the standard deviation of their kernel at initialisation, √(2 ÷ (k² · outputs)). Weights at initialisation follow the curve.',
  ],
  [
    'Kurtosis',
    'How heavy the tails of the distribution are: 3 for a normal distribution, 1.8 for a uniform one, more if a few weights are large and most are small.',
  ],
  ['RMS', 'The root mean square of the convolution weights; in brackets, its value at initialisation.'],
  [
    'Spread',
    'The standard deviation of the filters’ norms, divided by their mean: how unequal the filters are.',
  ],
  [
    `${norm} scale`,
    'The mean of the absolute scales (weight, γ). They start at 1, or with some recipes at 0 in the last normalisation of a block.',
  ],
  ...(norm === 'BatchNorm'
    ? [
        [
          'Running variance',
          'The smallest and the largest of BatchNorm’s running variances. They start at 1 and change with every batch.',
        ] as const,
      ]
    : []),
  [
    'Dead channels',
    `Channels whose ${norm} scale is below 0.01: their output hardly depends on their input.`,
  ],
  ['Norm', 'The L2 norm of all convolution weights of the stage.'],
]
