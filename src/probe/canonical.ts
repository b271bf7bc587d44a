/** Gives a backbone in any spelling its canonical names. */
import type { Family } from '../families/family.ts'
import { FAMILIES } from '../families/index.ts'
import { resnetFamily } from '../families/resnet.ts'
import { spellingOf } from '../families/spelling.ts'
import { spellState } from '../rename/spell.ts'
import { underPrefix } from '../tensor/prefix.ts'
import type { StateDict } from '../tensor/tensor.ts'

/** A backbone under canonical names, and its architecture. */
export interface Named {
  readonly family: Family
  readonly state: StateDict
}

/** The prefix of names in files for loaders that require it (`Home.prefix`). */
const PREFIX = 'backbone.'

/** Tensors in no known spelling are used unchanged: tests and tools pass parts of a network. */
export function nameCanonically(state: StateDict): Named {
  const found = respell(state) ?? respell(underPrefix(state, PREFIX))
  if (found) return found
  const family = FAMILIES.find(({ look }) => state.has(look.firstLayer)) ?? resnetFamily
  return { family, state }
}

function respell(state: StateDict): Named | undefined {
  const found = spellingOf(new Set(state.keys()), FAMILIES)
  return found && { family: found.family, state: spellState(found.spelling.rules, state) }
}
