/** The report of `probe` as a single HTML page without external resources; for light and dark mode, print, and keyboard. */
import type { Forward } from '../forward/forward.ts'
import type { Probe, ProbeVerdict } from '../probe.ts'
import { fatesSection, type TensorFate } from './fates.ts'
import { forwardSection } from './forward.ts'
import { breakable, escapeHtml, type Tone } from './html.ts'
import { drawPictures, type OtherNetwork } from './pictures.ts'
import { SCRIPT, SCRIPT_HASH } from './script.ts'
import { stagesSection } from './stages.ts'
import { STYLE, STYLE_HASH } from './style.ts'

/** The contents of the page. */
export interface ReportInput {
  readonly title: string
  /** What is known of the file: label and text. */
  readonly facts: readonly (readonly [label: string, text: string])[]
  /** The overall verdict, the worst of all parts. */
  readonly verdict: ProbeVerdict
  readonly probe: Probe
  /** The picture of the first layer, as a PNG file. */
  readonly filters: Uint8Array
  /** The name of the kept network, if the file contains several. */
  readonly network?: string | undefined
  /** Other networks in the same file, which were not taken. */
  readonly others: readonly OtherNetwork[]
  /** The result of running the backbone on images, if it was run; and on which, with which package. */
  readonly forward?: Forward | undefined
  readonly forwardAbout?: string | undefined
  /** The fate of every tensor. */
  readonly fates: readonly TensorFate[]
  /** The program's version. */
  readonly version: string
}

const HEADLINES: Readonly<Record<ProbeVerdict, readonly [tone: Tone, text: string]>> = {
  trained: ['good', 'This backbone looks trained'],
  partly: ['bad', 'Only part of this backbone looks trained'],
  random: ['bad', 'This backbone looks random: its weights are at initialisation'],
  broken: ['bad', 'This backbone is broken'],
  collapsed: ['bad', 'This backbone’s features have collapsed'],
  unclear: ['doubt', 'This backbone is neither clearly trained nor at initialisation'],
}

/** Forbids all requests, and all styles and scripts except the two on the page. */
const POLICY = `default-src 'none'; img-src data:; style-src 'sha256-${STYLE_HASH}'; script-src 'sha256-${SCRIPT_HASH}'; base-uri 'none'; form-action 'none'`

/** The text of the page. */
export async function writeReport(input: ReportInput): Promise<string> {
  const { title, version, probe, forward, forwardAbout = '', fates } = input
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="selfsup2mmdet ${escapeHtml(version)}">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<main>
${await firstScreen(input)}
${stagesSection(probe.stages)}
${forward ? forwardSection(forward, forwardAbout) : ''}
${fatesSection(fates)}
</main>
<footer>Written by selfsup2mmdet ${escapeHtml(version)}. This page is a single file and makes no network requests.</footer>
<script>${SCRIPT}</script>
</body>
</html>
`
}

/** The verdict, its reasons, and the file; next to it the filters, which show more than the verdict. */
async function firstScreen(input: ReportInput): Promise<string> {
  const { facts, verdict, probe, filters, network, others } = input
  const [tone, headline] = HEADLINES[verdict]
  const rows = facts.map(
    ([label, text]) => `<tr><th scope="row">${escapeHtml(label)}</th><td>${breakable(text)}</td></tr>`,
  )
  return `<div class="first${others.length > 0 ? ' several-networks' : ''}"><div>
<h1 class="${tone}">${headline}</h1>
<ul>${reasonsOf(input)
    .map(reason => `<li>${escapeHtml(reason)}</li>`)
    .join('')}</ul>
${betterNetwork(input)}<table class="facts"><caption>File</caption><tbody>
${rows.join('\n')}
</tbody></table></div>
${await drawPictures(probe.firstLayer, filters, network, others)}
</div>`
}

/** Problems with the run come first: the headline is about them. */
function reasonsOf({ probe, forward }: ReportInput): readonly string[] {
  const { reasons } = probe
  if (!forward || forward.verdict === 'sound' || reasons.includes(forward.reason)) return reasons
  return [forward.reason, ...reasons]
}

/** If there are several networks, the wrong one may have been taken. */
function betterNetwork({ verdict, others }: ReportInput): string {
  const better = verdict === 'trained' ? undefined : others.find(({ looks }) => looks === 'trained')
  if (!better) return ''
  const name = escapeHtml(better.name)
  return `<p class="note">The network ${name} in the same file looks trained, but was not kept. To keep it: <code>--network ${name}</code></p>\n`
}
