/** From the canonical names of a network to the names of the class that loads it. */
import type { Family } from '../families/family.ts'
import { inverse, type NamingRule } from '../rename/naming.ts'
import { type Items, type Spelled, spell } from '../rename/spell.ts'
import type { Home } from '../targets/target.ts'

/** The rules by which a class names the tensors of a family; without its prefix. */
export function namingOf(family: Family, home: Home): readonly NamingRule[] {
  const { drops = [], spelling } = home
  const [canonical] = family.spellings
  if (spelling === canonical!.name) return [...drops, { keep: '*', as: '*' }]
  return [...drops, ...inverse(family.spellings.find(({ name }) => name === spelling)!.rules)]
}

/** Gives tensors the names of a class. */
export function nameFor(family: Family, home: Home, items: Items): Spelled {
  return spell(namingOf(family, home), items)
}
