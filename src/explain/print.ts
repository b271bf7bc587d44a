/** Data as text: sizes, tables, reports. */
// Not from index.ts, which needs Node: the page in the browser uses this file, too.
import { count } from '../bytes/count.ts'
import type { Fate } from '../convert/fate.ts'
import type { Difference, Report } from '../convert/verify.ts'
import type { Architecture } from '../families/family.ts'
import type { StateDifference } from '../tensor/diff.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { table } from './table.ts'

export { count }

/** In decimal units, like on download pages: 94.3 MB. */
export function size(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB']
  let [unit, shown] = [0, String(bytes)]
  // Rounded first: 999,999 bytes are 1.0 MB, not 1000.0 kB.
  for (; Number(shown) >= 1000 && unit < units.length - 1; unit++)
    shown = (bytes / 1000 ** (unit + 1)).toFixed(1)
  return `${shown} ${units[unit]}`
}

/** `ResNet-50`, and the number of image channels, unless three. */
export function fullTitle({ title, facts }: Pick<Architecture, 'title' | 'facts'>): string {
  const { channels } = facts
  if (typeof channels !== 'number' || channels === 3) return title
  return `${title} with ${count(channels, 'input channel')}`
}

export function shape(axes: readonly number[]): string {
  return axes.length === 0 ? 'scalar' : axes.join('×')
}

/** Characters that control a terminal or the direction of writing: all of Unicode's control and format classes. */
const STEERING = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/** Text from a file, with control characters made harmless. */
export function printable(text: string): string {
  return text.replace(STEERING, found => `\\u${found.codePointAt(0)!.toString(16).padStart(4, '0')}`)
}

/** A value as JSON without control characters, except the line breaks of its layout. */
export function json(value: unknown, indent = 2): string {
  return JSON.stringify(value, null, indent).replace(STEERING, found =>
    found === '\n' ? found : [...Array(found.length).keys()].map(at => escapeUnit(found, at)).join(''),
  )
}

/** JSON escapes have four digits: larger characters need two. */
function escapeUnit(text: string, at: number): string {
  return `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`
}

/** A type and shape, for a column. */
export function kind({ dtype, shape: axes }: Pick<Tensor, 'dtype' | 'shape'>): string {
  return `${dtype.padEnd(8)} ${shape(axes)}`
}

/** The fate of every tensor, one line each if the terminal is wide enough. */
export function fateTable(fates: readonly Fate[], columns: number | undefined): string {
  return table(
    fates.map(fate => [
      'as' in fate ? 'keep' : 'drop',
      printable(fate.name),
      kind(fate.tensor),
      'as' in fate ? `→ ${printable(fate.as)}` : printable(fate.because),
    ]),
    columns,
  )
}

const SHOWN = 10

/** What is wrong with a backbone: the first ten of each kind. */
export function reportLines(report: Report): string[] {
  return [
    ...list('missing', report.missing, one =>
      one.found === undefined ? withNearest(one) : printable(`${one.name}: it is ${one.found}, not a tensor`),
    ),
    ...list('unexpected', report.unexpected, withNearest),
    ...list('of a different shape', report.misshapen, item => difference(item, shape)),
    ...list('of a different type', report.mistyped, item => difference(item, String)),
  ]
}

function list<T>(title: string, items: readonly T[], line: (item: T) => string, most = SHOWN): string[] {
  if (items.length === 0) return []
  const more = items.length > most ? [`  … and ${items.length - most} more`] : []
  return [`${title}:`, ...items.slice(0, most).map(item => `  ${line(item)}`), ...more]
}

function withNearest({ name, nearest }: { name: string; nearest?: string }): string {
  return printable(nearest === undefined ? name : `${name} (nearest: ${nearest})`)
}

function difference<T>({ name, expected, found }: Difference<T>, show: (value: T) => string): string {
  return `${printable(name)}: expected ${show(expected)}, found ${show(found)}`
}

/** Reasons with their number of tensors, in decreasing order: `network key (318), projection head (4)`. */
export function dropReasons(fates: readonly Fate[]): string {
  const counts = new Map<string, number>()
  for (const fate of fates) if (!('as' in fate)) counts.set(fate.because, (counts.get(fate.because) ?? 0) + 1)
  const ordered = [...counts].sort(([, a], [, b]) => b - a)
  return ordered.map(([because, number]) => `${because} (${number})`).join(', ')
}

/**
 * The differences between two state dicts: the first ten of each kind.
 * @param all show all of them
 */
export function differenceLines(
  found: StateDifference,
  first: string,
  second: string,
  all = false,
): string[] {
  const most = all ? Number.POSITIVE_INFINITY : SHOWN
  return [
    ...list(`only in ${printable(first)}`, found.onlyInFirst, printable, most),
    ...list(`only in ${printable(second)}`, found.onlyInSecond, printable, most),
    ...list(
      'of a different type or shape',
      found.otherKind,
      ({ name, first, second }) => {
        const [left, right] = [first, second].map(kind => `${kind.dtype} ${shape(kind.shape)}`)
        return `${printable(name)}: ${left} and ${right}`
      },
      most,
    ),
    ...list(
      'with different values',
      found.otherValues,
      ({ name, differing, elements, largest }) => {
        const furthest =
          largest === null ? 'including NaN or Inf' : `max difference ${largest?.toPrecision(3)}`
        const distance = largest === undefined ? '' : `, ${furthest}`
        return `${printable(name)}: ${differing} of ${count(elements, 'element')}${distance}`
      },
      most,
    ),
    ...list(
      'not compared',
      found.notCompared,
      ({ name, because }) => `${printable(name)}: part of ${because}`,
      most,
    ),
  ]
}
