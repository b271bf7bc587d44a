/** The section of a checkpoint that somebody asked for by name: one answer for all commands. */

import { nearest } from '../bytes/nearest.ts'
import { shellWord } from '../bytes/text.ts'
import { UsageError } from '../errors.ts'
import type { Checkpoint, StateDict } from '../tensor/tensor.ts'

/** @throws UsageError when there is no such section: says which was meant, or which there are */
export function requireSection({ sections, source }: Checkpoint, path: string): StateDict {
  const found = sections.get(path)
  if (found) return found
  const names = [...sections.keys()]
  const guess = nearest(path, names)
  const all = names.length === 0 ? 'It has none.' : `It has: ${names.map(name => `'${name}'`).join(', ')}.`
  throw new UsageError(
    `${source} has no section '${path}'.`,
    guess === undefined ? all : `Did you mean '${guess}'? Then: --section ${shellWord(guess)}`,
  )
}
