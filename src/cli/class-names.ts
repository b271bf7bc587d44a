/** The class names of a dataset, from its annotations: with different names, MMDetection finds nothing to train on. */

import { existsSync, promises as files, statSync } from 'node:fs'
import { join } from 'node:path'
import { firstFew, shellWord } from '../bytes/text.ts'
import { UsageError } from '../errors.ts'
import { noFile } from '../node/file-source.ts'

/** The number of classes that a message lists. */
const SHOWN = 8

/** COCO's validation annotations have 20 MB; its training annotations 450, with the same categories. */
const MOST_BYTES = 200e6

const FILES = ['instances_train2017.json', 'instances_val2017.json'] as const

/** What `--classes` says: their number, their names, or a file that has them. */
export type Classes = number | readonly string[] | { readonly file: string }

const EXAMPLES = 'For example --classes 3, --classes cat,dog,cow, or --classes annotations.json.'

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

/**
 * Compares the given classes with the annotations, if these are available.
 * @param tell receives what was found, or not found, under the folder
 * @returns the names; without annotations, what was given; undefined for COCO's
 * @throws UsageError when the annotations have other classes, or a given file has none
 */
export async function classNames(
  root: string | undefined,
  given: Classes | undefined,
  tell: (note: string) => void,
): Promise<number | readonly string[] | undefined> {
  const said = typeof given === 'object' && 'file' in given ? await namesOf(given.file) : given
  const found = root === undefined ? undefined : await namesUnder(root)
  if (found && said !== undefined) refuseOthers(said, found)
  if (root !== undefined && said === undefined) tell(found ? whatHas(found) : withoutAnnotations(root))
  if (typeof said === 'object' || !found) return said
  return isCoco(found.names) ? said : found.names
}

/** @throws UsageError when the annotations do not have the given classes */
function refuseOthers(said: number | readonly string[], { path, names }: Found): void {
  if (typeof said === 'number') {
    if (said === names.length) return
    throw new UsageError(
      `--classes ${said}: ${path} has ${names.length}: ${firstFew(names, SHOWN)}.`,
      'Omit --classes: the names are read from there.',
    )
  }
  const unknown = said.filter(name => !names.includes(name))
  if (unknown.length === 0) return
  throw new UsageError(
    `--classes: ${path} does not have ${firstFew(unknown, SHOWN)}; it has ${firstFew(names, SHOWN)}.`,
    'MMDetection matches annotations by the names of their categories: use these names.',
  )
}

interface Found {
  readonly path: string
  readonly names: readonly string[]
}

function whatHas({ path, names }: Found): string {
  return `${path} has ${names.length === 1 ? 'one class' : `${names.length} classes`}: ${firstFew(names, SHOWN)}.`
}

function withoutAnnotations(root: string): string {
  const missing = existsSync(root)
    ? `${root} does not contain annotations/${FILES[0]}`
    : `there is no folder ${root}`
  return `${missing}: the config is for COCO's 80 classes; --classes sets others.`
}

/** @throws UsageError when it does not have any */
async function namesOf(path: string): Promise<readonly string[]> {
  if (!existsSync(path) || !statSync(path).isFile()) throw noFile(path)
  const names = namesIn(await files.readFile(path, 'utf8'))
  if (names) return names
  throw new UsageError(
    `--classes: ${path} is not a file of annotations in COCO's format: it has no categories with names.`,
    EXAMPLES,
  )
}

async function namesUnder(root: string): Promise<Found | undefined> {
  if (existsSync(root) && !statSync(root).isDirectory())
    throw new UsageError(
      `--data-root ${root} is a file, not the folder of a dataset.`,
      root.endsWith('.json')
        ? `To read the classes from it: --classes ${shellWord(root)}`
        : 'Give the folder that contains annotations, train2017 and val2017.',
    )
  const path = FILES.map(file => join(root, 'annotations', file)).find(
    file => existsSync(file) && statSync(file).size <= MOST_BYTES,
  )
  if (path === undefined) return undefined
  const names = namesIn(await files.readFile(path, 'utf8'))
  return names && { path, names }
}

/** @returns undefined if it is not in COCO's format: MMDetection will report that */
function namesIn(text: string): readonly string[] | undefined {
  try {
    const { categories } = JSON.parse(text) as { categories?: readonly { readonly name?: unknown }[] }
    const names = (categories ?? []).map(({ name }) => name)
    return names.length > 0 && names.every(name => typeof name === 'string') ? names : undefined
  } catch {
    return undefined
  }
}

/** The base configs are for COCO's own classes. */
function isCoco(names: readonly string[]): boolean {
  return names.length === 80 && names[0] === 'person' && names[79] === 'toothbrush'
}
