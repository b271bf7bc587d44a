/** The fate of every tensor: counts by reason, a search, and a table. */
import { breakable, count, escapeHtml } from './html.ts'

/** For a kept tensor, `fate` is its name in the backbone; for a dropped one, the reason. */
export type TensorFate = readonly [name: string, type: string, shape: string, fate: string, kept: boolean]

/** Without JavaScript, this is a table with counts above it: controls are hidden until the script shows them. */
export function fatesSection(fates: readonly TensorFate[]): string {
  const reasons = countReasons(fates)
  const numbers = new Map([...reasons.keys()].map((reason, index) => [reason, index]))
  const all = count(fates.length)
  return `<section><h2>Tensors</h2>
<details id="tensors"><summary>All ${all} tensors: what is kept, and why the rest is dropped</summary>
<p id="counts">${[...reasons].map(([reason, number]) => `${escapeHtml(reason)} ${count(number)}`).join(' · ')}</p>
<div id="controls" hidden>
<div id="reasons" role="group" aria-label="Show only">
${filterButton('', 'all', fates.length)}
${[...reasons].map(([reason, number], index) => filterButton(String(index), reason, number)).join('\n')}
</div>
<p><label for="search">Search</label> <input id="search" type="search" autocomplete="off" spellcheck="false"> <output id="shown" for="search" aria-live="polite">${all} of ${all}</output></p>
</div>
<p id="filtered"></p>
<table id="fates">
<thead><tr><th scope="col">Tensor</th><th scope="col">Type</th><th scope="col">Shape</th><th scope="col">Result</th></tr></thead>
<tbody>
${fates.map(fate => drawFate(fate, numbers.get(reasonOf(fate))!)).join('\n')}
</tbody></table>
<p id="none" hidden>No tensor matches.</p></details></section>`
}

/** The kept ones first, then by number. */
function countReasons(fates: readonly TensorFate[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const fate of fates) counts.set(reasonOf(fate), (counts.get(reasonOf(fate)) ?? 0) + 1)
  const rank = ([reason, number]: readonly [string, number]) => (reason === KEPT ? Infinity : number)
  return new Map([...counts].sort((a, b) => (rank(b) === rank(a) ? 0 : rank(b) - rank(a))))
}

const KEPT = 'kept'

function reasonOf([, , , fate, kept]: TensorFate): string {
  return kept ? KEPT : fate
}

function filterButton(reason: string, label: string, number: number): string {
  return `<button type="button" data-reason="${reason}" aria-pressed="${reason === ''}">${escapeHtml(label)} <span>${count(number)}</span></button>`
}

function drawFate([name, type, shape, fate, kept]: TensorFate, reason: number): string {
  const told = kept ? `kept as ${breakable(fate)}` : `dropped: ${escapeHtml(fate)}`
  return `<tr data-reason="${reason}"><th scope="row">${breakable(name)}</th><td>${escapeHtml(type)}</td><td>${escapeHtml(shape)}</td><td>${told}</td></tr>`
}
