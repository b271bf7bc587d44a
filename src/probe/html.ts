/** Text and numbers on a page. */

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text from a file as text on the page; characters that turn the direction of writing become visible. */
export function escapeHtml(text: string): string {
  return text
    .replace(/[&<>"']/g, found => ENTITIES[found]!)
    .replace(/[\p{Cc}\p{Cf}]/gu, found => `\\u${found.codePointAt(0)!.toString(16).padStart(4, '0')}`)
}

/** Three digits; a dash for what is no number. */
export function short(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(3))) : '–'
}

/** A column of a table: its title, and what stands in it; HTML, not text. */
export type Column<T> = readonly [title: string, cell: (row: T) => string]

/** A table that scrolls by itself where the window is too narrow; the first column heads its rows. */
export function drawTable<T>(label: string, columns: readonly Column<T>[], rows: readonly T[]): string {
  const body = rows.map(row => {
    const cells = columns.map(([, cell], index) =>
      index === 0 ? `<th scope="row">${cell(row)}</th>` : `<td>${cell(row)}</td>`,
    )
    return `<tr>${cells.join('')}</tr>`
  })
  return `<div class="wide" tabindex="0" role="region" aria-label="${escapeHtml(label)}"><table>
<thead><tr>${columns.map(([title]) => `<th scope="col">${title}</th>`).join('')}</tr></thead>
<tbody>
${body.join('\n')}
</tbody></table></div>`
}
