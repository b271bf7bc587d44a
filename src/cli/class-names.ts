/** The class names of a dataset, from its annotations: with different names, MMDetection finds nothing to train on. */

import { existsSync, promises as files, statSync } from 'node:fs'
import { join } from 'node:path'
import { firstFew } from '../bytes/text.ts'
import { UsageError } from '../errors.ts'

/** The number of classes that a message lists. */
const SHOWN = 8

/** COCO's validation annotations have 20 MB; its training annotations 450, with the same categories. */
const MOST_BYTES = 200e6

const FILES = ['instances_train2017.json', 'instances_val2017.json'] as const

/**
 * Compares the given classes with the annotations, if these are available.
 * @returns the names; without annotations, what was given; undefined for COCO's
 * @throws UsageError when the annotations have other classes
 */
export async function classNames(
  root: string | undefined,
  said: number | readonly string[] | undefined,
): Promise<number | readonly string[] | undefined> {
  const found = root === undefined ? undefined : await namesUnder(root)
  if (!found) return said
  const { path, names } = found
  if (typeof said === 'number' && said !== names.length)
    throw new UsageError(
      `--classes ${said}: ${path} has ${names.length}: ${firstFew(names, SHOWN)}.`,
      'Omit --classes: the names are read from there.',
    )
  if (typeof said === 'object') {
    const unknown = said.filter(name => !names.includes(name))
    if (unknown.length === 0) return said
    throw new UsageError(
      `--classes: ${path} does not have ${firstFew(unknown, SHOWN)}; it has ${firstFew(names, SHOWN)}.`,
      'MMDetection matches annotations by the names of their categories: use these names.',
    )
  }
  return isCoco(names) ? said : names
}

async function namesUnder(
  root: string,
): Promise<{ readonly path: string; readonly names: readonly string[] } | undefined> {
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
