/** Text tables: aligned columns if the terminal is wide enough. */
import { fold, NARROW } from './fold.ts'

type Row = readonly string[]

/**
 * Columns padded to the same width, except the last.
 * @param columns of the terminal: longer text continues on the next line, breaking between words; undefined keeps each row on
 *   one line
 */
export function table(rows: readonly Row[], columns?: number): string {
  return linesOf(rows, columns).flat().join('\n')
}

const GAP = 2
/** The indent of the last column if it does not fit next to the others. */
const HANG = 6

/** The lines of each row. */
function linesOf(rows: readonly Row[], columns: number | undefined): string[][] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => row[column]!.length)))
  const line = (row: Row): string =>
    row
      .map((cell, column) => cell.padEnd(column < widths.length - 1 ? widths[column]! : 0))
      .join(' '.repeat(GAP))
      .trimEnd()
  const start = widthOf(widths.slice(0, -1)) + GAP * Math.min(1, widths.length - 1)
  if (columns === undefined || widthOf(widths) <= columns || columns < HANG + NARROW)
    return rows.map(row => [line(row)])
  if (start + Math.max(NARROW, longestWord(rows)) <= columns || widths.length === 1)
    return rows.map(row => line([...row.slice(0, -1), fold(row.at(-1)!, columns, start)]).split('\n'))
  let beside = 1
  while (widthOf(widths.slice(0, beside + 1)) <= columns) beside++
  const below = linesOf(
    rows.map(row => row.slice(beside)),
    columns - HANG,
  )
  return rows.map((row, index) => [
    line(row.slice(0, beside)),
    ...below[index]!.map(text => `${' '.repeat(HANG)}${text}`),
  ])
}

function widthOf(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, 0) + GAP * Math.max(0, widths.length - 1)
}

/** For the last column, the only one that is folded. */
function longestWord(rows: readonly Row[]): number {
  return Math.max(
    ...rows.flatMap(row =>
      row
        .at(-1)!
        .split(' ')
        .map(word => word.length),
    ),
  )
}
