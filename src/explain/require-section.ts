/** Finds the section of a checkpoint by its path, for all commands. */

import { nearest } from '../bytes/nearest.ts'
import { type Advice, UsageError } from '../errors.ts'
import type { Checkpoint, StateDict } from '../tensor/tensor.ts'

type Sections = Pick<Checkpoint, 'sections' | 'source'>

/** @throws UsageError when there is no such section, with a suggestion or a list */
export function requireSection(checkpoint: Sections, path: string): StateDict {
  const found = checkpoint.sections.get(path)
  if (found) return found
  throw new UsageError(...withoutSection(checkpoint, path))
}

/** The message for an unknown section. */
export function withoutSection({ sections, source }: Sections, path: string): [string, Advice] {
  const names = [...sections.keys()]
  const guess = nearest(path, names)
  const all = names.length === 0 ? 'It has none.' : `It has: ${names.map(name => `'${name}'`).join(', ')}.`
  return [
    `${source} has no section '${path}'.`,
    guess === undefined ? all : [{ say: `Did you mean '${guess}'? Then:`, use: [{ section: guess }] }],
  ]
}
