/**
 * What a config needs to know of a dataset, from its annotations: the names of the classes, because with different names
 * MMDetection finds nothing to train on; and the number of images, for schedules that count iterations.
 */

import { existsSync, promises as files, statSync } from 'node:fs'
import { join } from 'node:path'
import { firstFew, shellWord } from '../bytes/text.ts'
import { UsageError } from '../errors.ts'
import { noFile } from '../node/file-source.ts'
import { type Classes, EXAMPLES } from './classes.ts'

/** The number of classes that a message lists. */
const SHOWN = 8

/** COCO's validation annotations have 20 MB; its training annotations 450, with the same categories. */
const MOST_BYTES = 200e6

const TRAINING = 'instances_train2017.json'
const FILES = [TRAINING, 'instances_val2017.json'] as const

/** Options of `configFor`. */
export interface Dataset {
  readonly classes: number | readonly string[] | undefined
  readonly images?: number | undefined
}

/**
 * Compares the given classes with the annotations, if these are available.
 * @param tell receives what was found, or not found, under the folder
 * @returns the names and the number of images; without annotations, what was given; nothing for COCO, which the bases are for
 * @throws UsageError when the annotations have other classes, or a given file has none
 */
export async function datasetUnder(
  root: string | undefined,
  given: Classes | undefined,
  tell: (note: string) => void,
): Promise<Dataset> {
  const said = typeof given === 'object' && 'file' in given ? await namesOf(given.file) : given
  const found = root === undefined ? undefined : await annotationsUnder(root)
  if (found && said !== undefined) refuseOthers(said, found)
  if (root !== undefined && said === undefined) tell(found ? whatHas(found) : withoutAnnotations(root))
  if (!found || isCoco(found.names)) return { classes: said }
  return { classes: typeof said === 'object' ? said : found.names, images: found.images }
}

/** @throws UsageError when the annotations do not have the given classes */
function refuseOthers(said: number | readonly string[], { path, names }: Annotations): void {
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

interface Annotations {
  readonly path: string
  readonly names: readonly string[]
  /** Training images with annotations: MMDetection skips the others. Undefined if only the validation images are known. */
  readonly images?: number
}

function whatHas({ path, names }: Annotations): string {
  return `${path} has ${names.length === 1 ? 'one class' : `${names.length} classes`}: ${firstFew(names, SHOWN)}.`
}

function withoutAnnotations(root: string): string {
  const missing = existsSync(root)
    ? `${root} does not contain annotations/${TRAINING}`
    : `there is no folder ${root}`
  return `${missing}: the config is for COCO's 80 classes; --classes sets others.`
}

/** @throws UsageError when it does not have any */
async function namesOf(path: string): Promise<readonly string[]> {
  if (!existsSync(path) || !statSync(path).isFile()) throw noFile(path)
  const content = parse(await files.readFile(path, 'utf8'))
  if (content) return content.names
  throw new UsageError(
    `--classes: ${path} is not a file of annotations in COCO's format: it has no categories with names.`,
    EXAMPLES,
  )
}

async function annotationsUnder(root: string): Promise<Annotations | undefined> {
  if (existsSync(root) && !statSync(root).isDirectory())
    throw new UsageError(
      `--data-root ${root} is a file, not the folder of a dataset.`,
      root.endsWith('.json')
        ? `To read the classes from it: --classes ${shellWord(root)}`
        : 'Give the folder that contains annotations, train2017 and val2017.',
    )
  const file = FILES.find(name => {
    const path = pathOf(root, name)
    return existsSync(path) && statSync(path).size <= MOST_BYTES
  })
  if (file === undefined) return undefined
  const path = pathOf(root, file)
  const content = parse(await files.readFile(path, 'utf8'))
  return content && { path, names: content.names, ...(file === TRAINING && { images: content.images }) }
}

function pathOf(root: string, file: string): string {
  return join(root, 'annotations', file)
}

interface Coco {
  readonly categories?: readonly { readonly name?: unknown }[]
  readonly annotations?: readonly { readonly image_id?: unknown }[]
}

/** @returns undefined if it is not in COCO's format: MMDetection will report that */
function parse(text: string): Required<Pick<Annotations, 'names' | 'images'>> | undefined {
  try {
    const { categories = [], annotations = [] } = JSON.parse(text) as Coco
    const names = categories.map(({ name }) => name)
    if (names.length === 0 || !names.every(name => typeof name === 'string')) return undefined
    return { names, images: new Set(annotations.map(one => one.image_id)).size }
  } catch {
    return undefined
  }
}

/** The base configs are for COCO's own classes. */
function isCoco(names: readonly string[]): boolean {
  return names.length === 80 && names[0] === 'person' && names[79] === 'toothbrush'
}
