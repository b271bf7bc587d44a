/** The class names of a dataset, from its annotations: with other names, there is nothing to train on. */

import { existsSync, promises as files, statSync } from 'node:fs'
import { join } from 'node:path'
import { firstFew } from '../bytes/text.ts'
import { UsageError } from '../errors.ts'

/** Classes that a message names. */
const SHOWN = 8

/** COCO's validation annotations are 20 MB; its training annotations, whose categories are the same, 450. */
const MOST_BYTES = 200e6

const FILES = ['instances_train2017.json', 'instances_val2017.json'] as const

/**
 * What was said of the classes, held against the annotations where these are at hand.
 * @returns the names; what was said, where there are no annotations; undefined for COCO's
 * @throws UsageError when the annotations have other classes than were said
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

/** @returns undefined for what is not COCO's format: MMDetection will say so itself */
function namesIn(text: string): readonly string[] | undefined {
  try {
    const { categories } = JSON.parse(text) as { categories?: readonly { readonly name?: unknown }[] }
    const names = (categories ?? []).map(({ name }) => name)
    return names.length > 0 && names.every(name => typeof name === 'string') ? names : undefined
  } catch {
    return undefined
  }
}

/** COCO's own classes are the bases'. */
function isCoco(names: readonly string[]): boolean {
  return names.length === 80 && names[0] === 'person' && names[79] === 'toothbrush'
}
