/** Renames a network from canonical names to those of the class that loads it. */
import type { Family } from '../families/family.ts'
import { inverse, type NamingRule } from '../rename/naming.ts'
import { type Items, type Spelled, spell } from '../rename/spell.ts'
import type { Home } from '../targets/target.ts'

/** The naming rules of a class for a family; without its prefix. */
export function namingOf(family: Family, home: Home): readonly NamingRule[] {
  const { drops = [], spelling } = home
  const [canonical] = family.spellings
  if (spelling === canonical!.name) return [...drops, { keep: '*', as: '*' }]
  return [...drops, ...inverse(family.spellings.find(({ name }) => name === spelling)!.rules)]
}

/** Renames tensors for a class. */
export function nameFor(family: Family, home: Home, items: Items): Spelled {
  return spell(namingOf(family, home), items)
}
