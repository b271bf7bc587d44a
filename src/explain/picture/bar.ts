/** Draws the parts of a checkpoint as a bar to scale: SVG, as text. */
import { escapeHtml } from '../../probe/report/html.ts'
import { count, size } from '../print.ts'
import type { Part } from './parts.ts'

/**
 * Colours of dropped parts: each differs from its neighbours, and contrasts with a light and a dark page (a test checks the
 * contrast).
 */
const DROPPED = ['#a8689f', '#c0703a', '#4f7fb8', '#9a7d2e', '#b8606a', '#6f7fae', '#7d8a3c'] as const

const COLOURS = { kept: '#23885a', outside: '#7c8289' } as const

/** The colour of a part, by its index. */
export function colourOf({ kind }: Part, index: number): string {
  if (kind === 'kept' || kind === 'outside') return COLOURS[kind]
  return DROPPED[index % DROPPED.length]!
}

/** A share of the whole file, as text: `25 %`, `0.3 %`. */
export function shareOf(part: Part, parts: readonly Part[]): string {
  const percent = (100 * part.bytes) / totalOf(parts)
  if (percent < 0.1) return '< 0.1 %'
  return `${percent < 10 ? percent.toFixed(1) : percent.toFixed(0)} %`
}

const [WIDTH, HEIGHT, GAP] = [1000, 40, 2]

/** Only the bar; it fills the available width. */
export function drawBar(parts: readonly Part[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="${xml(inWords(parts))}" viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none">${rectangles(parts, WIDTH, HEIGHT)}</svg>`
}

const PICTURE = { width: 800, margin: 20, title: 26, bar: 44, row: 26, text: 15 } as const

/** A self-contained picture: title, bar, and a line for each part. Light or dark, depending on the viewer's settings. */
export function drawPicture(title: string, parts: readonly Part[]): string {
  const { width, margin, row } = PICTURE
  const top = margin + PICTURE.title + PICTURE.bar + row
  const height = top + parts.length * row
  const inner = width - 2 * margin
  return `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="title about" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
<title id="title">${xml(title)}</title>
<desc id="about">${xml(inWords(parts))}</desc>
<style>text{font:${PICTURE.text}px system-ui,sans-serif;fill:#1c2128}.n{text-anchor:end}.soft{fill:#57606a}.b{font-weight:600}.back{fill:#fff}@media(prefers-color-scheme:dark){text{fill:#e6e9ee}.soft{fill:#a3acb8}.back{fill:#14171c}}</style>
<rect class="back" width="${width}" height="${height}" rx="8"/>
<text class="b" x="${margin}" y="${margin + 10}">${xml(shorten(title, 90))}</text>
<g transform="translate(${margin} ${margin + PICTURE.title})">${rectangles(parts, inner, PICTURE.bar)}</g>
${parts.map((part, index) => line(part, index, parts, top + index * row)).join('\n')}
</svg>
`
}

function line(part: Part, index: number, parts: readonly Part[], y: number): string {
  const { width, margin } = PICTURE
  const heavy = part.kind === 'kept' ? ' class="b"' : ''
  const tensors = part.tensors === undefined ? '' : count(part.tensors, 'tensor')
  return `<rect x="${margin}" y="${y - 12}" width="14" height="14" rx="2" fill="${colourOf(part, index)}"/><text${heavy} x="${margin + 24}" y="${y}">${xml(shorten(part.label, 60))}</text><text class="n soft" x="${width - margin - 180}" y="${y}">${tensors}</text><text class="n" x="${width - margin - 80}" y="${y}">${size(part.bytes)}</text><text class="n soft" x="${width - margin}" y="${y}">${xml(shareOf(part, parts))}</text>`
}

/** To scale; parts narrower than a gap are drawn without one. */
function rectangles(parts: readonly Part[], width: number, height: number): string {
  const scale = width / totalOf(parts)
  let left = 0
  return parts
    .map((part, index) => {
      const whole = part.bytes * scale
      const shown = whole > 3 * GAP ? whole - GAP : whole
      const rectangle = `<rect x="${left.toFixed(2)}" width="${shown.toFixed(2)}" height="${height}" fill="${colourOf(part, index)}"><title>${xml(`${part.label}, ${size(part.bytes)}`)}</title></rect>`
      left += whole
      return rectangle
    })
    .join('')
}

function inWords(parts: readonly Part[]): string {
  return parts.map(part => `${part.label}: ${size(part.bytes)}, ${shareOf(part, parts)}`).join('; ')
}

function totalOf(parts: readonly Part[]): number {
  return Math.max(
    parts.reduce((sum, { bytes }) => sum + bytes, 0),
    1,
  )
}

function shorten(text: string, most: number): string {
  const characters = [...text]
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join('')}…`
}

/** Like `escapeHtml`, but also removes characters that XML does not allow. */
function xml(text: string): string {
  return escapeHtml(text).replace(/[\p{Cs}\uFFFE\uFFFF]/gu, '\uFFFD')
}
