/**
 * What a config needs to know of a dataset, from its annotations: the names of the classes, because with different names
 * MMDetection finds nothing to train on; and the number of images, for schedules that count iterations.
 */

import { existsSync, promises as files, statSync } from 'node:fs'
import { join } from 'node:path'
import { firstFew } from '../bytes/text.ts'
import { UsageError } from '../errors.ts'

/** The number of classes that a message lists. */
const SHOWN = 8

/** COCO's validation annotations have 20 MB; its training annotations 450, with the same categories. */
const MOST_BYTES = 200e6

const TRAINING = 'instances_train2017.json'
const FILES = [TRAINING, 'instances_val2017.json'] as const

/** Options of `configFor`. */
export interface Dataset {
  readonly classes?: number | readonly string[] | undefined
  readonly images?: number | undefined
}

/**
 * Compares the given classes with the annotations, if these are available.
 * @returns the names and the number of images; without annotations, what was given; nothing for COCO, which the bases are for
 * @throws UsageError when the annotations have other classes
 */
export async function datasetUnder(root: string | undefined, said: Dataset['classes']): Promise<Dataset> {
  const found = root === undefined ? undefined : await annotationsUnder(root)
  if (!found) return { classes: said }
  requireClasses(found, said)
  if (isCoco(found.names)) return { classes: said }
  return { classes: typeof said === 'object' ? said : found.names, images: found.images }
}

/** @throws UsageError */
function requireClasses({ path, names }: Annotations, said: Dataset['classes']): void {
  if (typeof said === 'number' && said !== names.length)
    throw new UsageError(
      `--classes ${said}: ${path} has ${names.length}: ${firstFew(names, SHOWN)}.`,
      'Omit --classes: the names are read from there.',
    )
  const unknown = typeof said === 'object' ? said.filter(name => !names.includes(name)) : []
  if (unknown.length > 0)
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

async function annotationsUnder(root: string): Promise<Annotations | undefined> {
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
