/** The part of the page that says what the backbone made of images. */
import type { Activations } from './forward/activations.ts'
import type { Forward } from './forward/forward.ts'
import { type Column, drawTable, escapeHtml, short } from './html.ts'

const COLUMNS: readonly Column<Activations>[] = [
  ['Stage', ({ name }) => name],
  [
    'Output',
    ({ shape, expected }) =>
      String(shape) === String(expected)
        ? shape.join(' × ')
        : `${shape.join(' × ')}, expected ${expected.join(' × ')}`,
  ],
  ['Mean', ({ mean }) => short(mean)],
  ['Deviation', ({ deviation }) => short(deviation)],
  ['Largest', ({ largest }) => short(largest)],
  ['Zeros', ({ zeros }) => `${(100 * zeros).toFixed(0)} %`],
  ['NaN, Inf', ({ notFinite }) => String(notFinite)],
]

/** @param about which images, and what computed */
export function forwardSection({ stages, features, verdict, reason }: Forward, about: string): string {
  const { images, dimensions, spread, effectiveRank } = features
  const most = Math.min(images - 1, dimensions)
  return `<h2>Run on images</h2>
<p class="${verdict}">${escapeHtml(`${reason}.`)}</p>
<table class="facts"><caption>Features of the last stage</caption><tbody>
<tr><th scope="row">images</th><td>${escapeHtml(about)}</td></tr>
<tr><th scope="row">spread</th><td>${short(spread)} <small>(standard deviation of l2-normalised features × √${dimensions}; 0: all the same, 1: everywhere)</small></td></tr>
<tr><th scope="row">effective rank</th><td>${short(effectiveRank)} <small>(at most ${most})</small></td></tr>
</tbody></table>
${drawTable('Activations of each stage', COLUMNS, stages)}
<p>Output: channels × height × width of one image of 224 × 224, as MMDetection has those of layer1 to layer4 in <code>out_indices</code> 0 to 3.</p>`
}
