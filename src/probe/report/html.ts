/** Text, numbers and tables on a page. */

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text from a file as text on the page; characters that turn the direction of writing, or end lines, become visible. */
export function escapeHtml(text: string): string {
  return text
    .replace(/[&<>"']/g, found => ENTITIES[found]!)
    .replace(
      /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
      found => `\\u${found.codePointAt(0)!.toString(16).padStart(4, '0')}`,
    )
}

/** The name of a tensor, which may go on in the next line behind a dot or an underscore, and nowhere else. */
export function breakable(name: string): string {
  return escapeHtml(name).replace(/[._]/g, '$&<wbr>')
}

/** Is it good news? The class of words that say so. */
export type Tone = 'good' | 'bad' | 'doubt'

const [SMALL, LARGE] = [1e-4, 1e7]

/** Three digits; numbers that are not finite are highlighted. */
export function number(value: number): string {
  if (!Number.isFinite(value)) return notFinite(value)
  const size = Math.abs(value)
  if (size === 0) return '0'
  if (size >= SMALL && size < LARGE) return minus(value.toLocaleString('en', { maximumSignificantDigits: 3 }))
  const [digits = '', exponent = ''] = value.toExponential(2).split('e')
  return `${minus(digits)} × 10<sup>${minus(exponent.replace('+', ''))}</sup>`
}

/** All digits of what was counted. */
export function count(value: number): string {
  return Number.isFinite(value) ? minus(value.toLocaleString('en')) : notFinite(value)
}

export function percent(share: number): string {
  if (!Number.isFinite(share)) return notFinite(share)
  const digits = share !== 0 && Math.abs(share) < 0.1 ? 2 : 3
  return `${minus((100 * share).toLocaleString('en', { maximumSignificantDigits: digits }))} %`
}

function notFinite(value: number): string {
  return `<span class="bad">${Number.isNaN(value) ? 'NaN' : value < 0 ? '−∞' : '∞'}</span>`
}

function minus(text: string): string {
  return text.replace('-', '−')
}

export interface Column<T> {
  readonly title: string
  /** Its content; HTML, not text. */
  readonly cell: (row: T) => string
  /** Its content at initialisation; HTML. */
  readonly atInit?: string
  /** Stands at the right, digits below digits. */
  readonly numeric?: boolean
}

/**
 * A table that scrolls by itself where the window is too narrow, and falls apart into cards on a phone; the first column heads
 * its rows. Roles are spelled out because a table that is shown as blocks is none to some screen readers.
 */
export function drawTable<T>(label: string, columns: readonly Column<T>[], rows: readonly T[]): string {
  const titles = columns.map(
    ({ title, numeric }) =>
      `<th role="columnheader" scope="col"${numeric ? ' class="number"' : ''}>${title}</th>`,
  )
  return `<div class="wide" tabindex="0" role="region" aria-label="${escapeHtml(label)}"><table class="cards" role="table">
<thead role="rowgroup"><tr role="row">${titles.join('')}</tr></thead>
${initialRow(columns)}<tbody role="rowgroup">
${rows.map(row => drawRow(columns, ({ cell }) => cell(row))).join('\n')}
</tbody></table></div>`
}

function initialRow<T>(columns: readonly Column<T>[]): string {
  if (columns.every(({ atInit }) => atInit === undefined)) return ''
  const row = drawRow(columns, ({ atInit = '' }, index) => (index === 0 ? 'at initialisation' : atInit))
  return `<tbody class="at-init" role="rowgroup">\n${row}\n</tbody>\n`
}

function drawRow<T>(
  columns: readonly Column<T>[],
  content: (column: Column<T>, index: number) => string,
): string {
  const cells = columns.map((column, index) => {
    const html = content(column, index)
    if (index === 0) return `<th role="rowheader" scope="row">${html}</th>`
    const classes = column.numeric ? ' class="number"' : ''
    // The title again, for cards: there the row of titles is hidden. An empty cell stays empty, and is none there.
    return `<td role="cell"${classes} data-label="${column.title}">${html && `<div>${html}</div>`}</td>`
  })
  return `<tr role="row">${cells.join('')}</tr>`
}
