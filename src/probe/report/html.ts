/** Text, numbers and tables on a page. */

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Escapes text from a file; characters that change the direction of writing or end lines become visible. */
export function escapeHtml(text: string): string {
  return text
    .replace(/[&<>"']/g, found => ENTITIES[found]!)
    .replace(
      /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
      found => `\\u${found.codePointAt(0)!.toString(16).padStart(4, '0')}`,
    )
}

/** A tensor's name with possible line breaks only after dots and underscores. */
export function breakable(name: string): string {
  return escapeHtml(name).replace(/[._]/g, '$&<wbr>')
}

/** The CSS class for a verdict: whether it is good news. */
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

/** All digits of a count. */
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
  /** The cell's content; HTML, not text. */
  readonly cell: (row: T) => string
  /** The content at initialisation; HTML. */
  readonly atInit?: string
  /** Right-aligned, so that digits line up. */
  readonly numeric?: boolean
}

/**
 * A table that scrolls separately in a narrow window, and becomes cards on a phone; the first column contains row headers.
 * Roles are explicit, because some screen readers do not recognise a table that is displayed as blocks.
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
    // The title again, for cards, where the header row is hidden. An empty cell stays empty, without a title.
    return `<td role="cell"${classes} data-label="${column.title}">${html && `<div>${html}</div>`}</td>`
  })
  return `<tr role="row">${cells.join('')}</tr>`
}
