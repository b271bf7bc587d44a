/** The probe as one page of HTML that needs nothing else: no network, no fonts; light and dark; on paper; by keyboard. */
import type { Forward } from './forward/forward.ts'
import { type Column, drawTable, escapeHtml, short } from './html.ts'
import type { Probe } from './probe.ts'
import { forwardSection } from './report-forward.ts'
import type { StageStatistics } from './stages.ts'
import { BINS } from './stages.ts'

export interface ReportInput {
  readonly title: string
  /** What is known of the file: label and text. */
  readonly facts: readonly (readonly [label: string, text: string])[]
  readonly probe: Probe
  /** The picture of the first layer, as a PNG file. */
  readonly filters: Uint8Array
  /** What the backbone made of images, if it was run; and on which, with what. */
  readonly forward?: Forward | undefined
  readonly forwardAbout?: string | undefined
  /** What became of every tensor: name, type and shape, fate. */
  readonly fates: readonly (readonly [name: string, kind: string, fate: string])[]
}

const HEADLINE = {
  trained: 'This backbone looks trained',
  random: 'This backbone looks random',
  unclear: 'Neither clearly trained nor random',
} as const

/** The text of the page. */
export function writeReport({
  title,
  facts,
  probe,
  filters,
  forward,
  forwardAbout = '',
  fates,
}: ReportInput): string {
  const { firstLayer, stages, looks, reasons } = probe
  const alt = `${firstLayer.count} filters of ${firstLayer.side} by ${firstLayer.side} pixels, those with the most energy first`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<main>
<h1 class="${looks}">${HEADLINE[looks]}</h1>
<ul>${reasons.map(reason => `<li>${escapeHtml(reason)}</li>`).join('')}</ul>
<table class="facts"><caption>File</caption><tbody>
${facts.map(([label, text]) => `<tr><th scope="row">${escapeHtml(label)}</th><td>${escapeHtml(text)}</td></tr>`).join('\n')}
</tbody></table>
<h2>First layer</h2>
<figure>
<img src="data:image/png;base64,${base64(filters)}" alt="${alt}">
<figcaption>${alt}; each in its own range. Edges and colours mean training, noise means none.</figcaption>
</figure>
<h2>Stages</h2>
${drawTable('Statistics of each stage', STAGE_COLUMNS, stages)}
<p>Beside each value, in brackets, what fresh initialisation gives. Histograms: convolution weights from −4 to 4 times their size.</p>
${forward ? forwardSection(forward, forwardAbout) : ''}
<h2>Tensors</h2>
<p><label for="search">Show names with</label> <input id="search" type="search" autocomplete="off"> <output id="shown">${fates.length} of ${fates.length}</output></p>
<div class="wide" tabindex="0" role="region" aria-label="What became of every tensor"><table id="fates">
<thead><tr><th scope="col">Tensor</th><th scope="col">Type and shape</th><th scope="col">Fate</th></tr></thead>
<tbody>
${fates.map(row => `<tr>${row.map(cell => `<td>${escapeHtml(cell)}</td>`).join('')}</tr>`).join('\n')}
</tbody></table></div>
</main>
<script>${SCRIPT}</script>
</body>
</html>
`
}

const STAGE_COLUMNS: readonly Column<StageStatistics>[] = [
  ['Stage', ({ name }) => name],
  ['Convolutions', ({ convolutions }) => String(convolutions)],
  ['Weights', ({ weights }) => weights.toLocaleString('en')],
  ['Size of weights', ({ rms, freshRms }) => `${short(rms)} <small>(${short(freshRms)})</small>`],
  ['Histogram', ({ histogram }) => drawHistogram(histogram)],
  ['BatchNorm scale', ({ scale }) => `${short(scale)} <small>(1)</small>`],
  [
    'Running variance',
    ({ variance: [least, largest] }) => `${short(least)} to ${short(largest)} <small>(1)</small>`,
  ],
  ['Dead channels', ({ deadChannels, channels }) => `${deadChannels} of ${channels}`],
]

function drawHistogram(shares: readonly number[]): string {
  const highest = Math.max(...shares, Number.MIN_VALUE)
  const bars = shares.map((share, index) => {
    const height = (24 * share) / highest
    return `M${index} 24v-${height.toFixed(1)}h1v${height.toFixed(1)}z`
  })
  return `<svg viewBox="0 0 ${BINS} 24" width="${2 * BINS}" height="32" preserveAspectRatio="none" aria-hidden="true"><path d="${bars.join('')}"/></svg>`
}

function base64(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return btoa(text)
}

const STYLE = `
:root{color-scheme:light dark;--ink:#1a1d21;--page:#fff;--line:#d5d9de;--soft:#5b636d;--good:#126b32;--bad:#a31621;--doubt:#8a5a00;--bar:#3b6ea5}
@media (prefers-color-scheme:dark){:root{--ink:#e6e8eb;--page:#15181c;--line:#3a4048;--soft:#a0a8b2;--good:#6fd08c;--bad:#ff8a80;--doubt:#f0b95a;--bar:#7fb0e3}}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:70rem;margin:auto;padding:1rem}
h1.trained{color:var(--good)}h1.random{color:var(--bad)}h1.unclear{color:var(--doubt)}
table{border-collapse:collapse;width:100%}
caption{text-align:left;font-weight:600}
th,td{text-align:left;padding:.25rem .75rem .25rem 0;border-bottom:1px solid var(--line);vertical-align:top;white-space:nowrap}
.facts td,#fates td{white-space:normal;overflow-wrap:anywhere}
.facts td{width:100%}
small,figcaption,p{color:var(--soft)}p.sound{color:var(--good)}p.collapsed,p.broken{color:var(--bad)}
figure{margin:0}img{max-width:100%;height:auto;image-rendering:pixelated;background:#808080}
svg path{fill:var(--bar)}
.wide{overflow-x:auto}.facts+.wide{margin-top:1rem}
#fates{font-size:.875rem}#fates td{font-family:ui-monospace,monospace}
input{font:inherit;color:inherit;background:transparent;border:1px solid var(--soft);border-radius:4px;padding:.25rem .5rem}
:focus-visible{outline:3px solid var(--bar);outline-offset:2px}
@media print{:root{--ink:#000;--page:#fff;--line:#999;--soft:#333}main{max-width:none}label,input,output{display:none}tr{break-inside:avoid}}
`

const SCRIPT = `
const search=document.getElementById('search'),shown=document.getElementById('shown'),rows=[...document.querySelectorAll('#fates tbody tr')]
search.addEventListener('input',()=>{const text=search.value.toLowerCase();let count=0
for(const row of rows){row.hidden=!row.textContent.toLowerCase().includes(text);if(!row.hidden)count++}
shown.textContent=count+' of '+rows.length})
`
