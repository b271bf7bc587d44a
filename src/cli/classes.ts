/** The value of `--classes`. */

import { shellWord } from '../bytes/text.ts'
import { UsageError } from '../errors.ts'

/** What `--classes` says: their number, their names, or a file that has them. */
export type Classes = number | readonly string[] | { readonly file: string }

export const EXAMPLES = 'For example --classes 3, --classes cat,dog,cow, or --classes annotations.json.'

/** @throws UsageError when it is none of these, such as a list in Python's syntax, which would be one strange name */
export function parseClasses(text: string): Classes {
  if (/^-?\d+$/.test(text)) return wholeNumber('--classes')(text)
  if (/\.json$/i.test(text) && !text.includes(',')) return { file: text }
  const names = text.split(',').map(name => name.trim())
  if (!NOT_NAMES.test(text) && areDifferent(names)) return names
  const meant = text.replaceAll(/[[\](){}"]|^'|'$|'(?=\s*[,\])])|(?<=[,[(]\s*)'/g, '').split(/\s*[,;]\s*/)
  const isList = areDifferent(meant) && !NOT_NAMES.test(meant.join(','))
  throw new UsageError(
    `--classes: expected a number, different names, or a file of annotations, found '${text}'.`,
    isList ? `Did you mean --classes ${shellWord(meant.join(','))}?` : EXAMPLES,
  )
}

/** A list as in Python or with semicolons, a broken number, or the name of a file. */
const NOT_NAMES = /^\s*[[({"']|;|^\d*\.\d+$|\.(?:txt|csv|names|xml|ya?ml|py)$/i

function areDifferent(names: readonly string[]): boolean {
  return !names.includes('') && new Set(names).size === names.length
}

/** Parses the value of an option. */
export function wholeNumber(option: string): (text: string) => number {
  return text => {
    const value = Number(text)
    if (/^-?\d+$/.test(text) && Number.isSafeInteger(value)) return value
    throw new UsageError(`${option}: expected a whole number, found '${text}'.`, `For example ${option} 4.`)
  }
}
