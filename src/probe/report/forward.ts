/** The page's section about running the backbone on images. */
import type { Activations } from '../forward/activations.ts'
import type { Forward, ForwardVerdict } from '../forward/forward.ts'
import { type Column, count, drawTable, escapeHtml, number, percent, type Tone } from './html.ts'

const TONES: Readonly<Record<ForwardVerdict, Tone>> = {
  sound: 'good',
  collapsed: 'bad',
  broken: 'bad',
  unclear: 'doubt',
}

const COLUMNS: readonly Column<Activations>[] = [
  { title: 'Stage', cell: ({ name }) => escapeHtml(name) },
  {
    title: 'Output',
    cell: ({ shape, expected }) =>
      String(shape) === String(expected)
        ? shape.join(' × ')
        : `<b class="bad">${shape.join(' × ')}</b> <small>expected ${expected.join(' × ')}</small>`,
    numeric: true,
  },
  { title: 'Mean', cell: ({ mean }) => number(mean), numeric: true },
  { title: 'Std. dev.', cell: ({ deviation }) => number(deviation), numeric: true },
  { title: 'Maximum', cell: ({ largest }) => number(largest), numeric: true },
  { title: 'Zeros', cell: ({ zeros }) => percent(zeros), numeric: true },
  {
    title: 'NaN, Inf',
    cell: ({ notFinite }) => (notFinite === 0 ? '0' : `<b class="bad">${count(notFinite)}</b>`),
    numeric: true,
  },
]

/** @param about which images were used, and which package computed */
export function forwardSection({ stages, features, verdict, reason }: Forward, about: string): string {
  const { images, dimensions, spread, effectiveRank } = features
  const most = Math.min(images - 1, dimensions)
  return `<section><h2>Run on images</h2>
<p class="${TONES[verdict]}"><b>${verdict}</b>: ${escapeHtml(`${reason}.`)}</p>
<table class="facts"><caption>Features of the last stage</caption><tbody>
<tr><th scope="row">images</th><td>${escapeHtml(about)}</td></tr>
<tr><th scope="row">spread</th><td>${number(spread)} <small>(0: all identical, 1: in all directions)</small></td></tr>
<tr><th scope="row">effective rank</th><td>${number(effectiveRank)} <small>(at most ${count(most)})</small></td></tr>
</tbody></table>
<h3>Activations of each stage</h3>
${drawTable('Activations of each stage', COLUMNS, stages)}
<details><summary>What these numbers mean</summary><dl>
<dt>Spread</dt><dd>The standard deviation of the l2-normalised features across images, times √${dimensions}. If it is close to 0, the network outputs the same features for every image.</dd>
<dt>Effective rank</dt><dd>The number of directions in which the features vary: at most the number of images minus one.</dd>
<dt>Output</dt><dd>Channels × height × width for an image of 224 × 224, as returned by MMDetection for <code>out_indices</code> 0 to 3.</dd>
<dt>Std. dev.</dt><dd>The standard deviation of all activations of the stage.</dd>
<dt>Zeros</dt><dd>The share of activations that ReLU sets to zero.</dd>
<dt>NaN, Inf</dt><dd>Activations that are NaN or infinite: one is enough to ruin training.</dd>
</dl></details></section>`
}
