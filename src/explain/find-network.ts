/** Finds complete networks in a section, under any prefix, by the names of each family. */
import { recogniseArchitecture, verifyBackbone } from '../convert/verify.ts'
import type { Family } from '../families/family.ts'
import { type Spelt, spellingOf, unspelled } from '../families/spelling.ts'
import { spellState } from '../rename/spell.ts'
import { withoutWrapper } from '../rename/wrappers.ts'
import { underPrefix } from '../tensor/prefix.ts'
import type { StateDict } from '../tensor/tensor.ts'

/** A network in a checkpoint, under some prefix. */
export interface FoundBackbone {
  /** Its family, for messages: `Vision Transformer`. */
  readonly title: string
  readonly section: string
  readonly state: StateDict
  /** The prefix of its names without wrappers: `encoder.`, or nothing. */
  readonly prefix: string
  /** Patterns after the prefix, and the new names: for ResNets, MMDetection's. */
  readonly parts: readonly (readonly [pattern: string, name: string])[]
}

/** The networks of a section, in the order of the file. Reads no values. */
export function* networksIn(
  section: string,
  state: StateDict,
  families: readonly Family[],
): Generator<FoundBackbone> {
  const bare = new Map([...state].map(([name, tensor]) => [withoutWrapper(name), tensor]))
  for (const prefix of prefixesOf(bare.keys(), families)) {
    const behind: StateDict = underPrefix(bare, prefix)
    const spelt = spellingOf(new Set(behind.keys()), families)
    if (!spelt || !isWhole(behind, spelt)) continue
    const parts = partsOf([...behind.keys()], new Set(unspelled(spelt.spelling, behind.keys())))
    if (parts) yield { title: spelt.family.title, section, state, prefix, parts }
  }
}

function isWhole(state: StateDict, { family, spelling }: Spelt): boolean {
  const canonical = spellState(spelling.rules, state)
  const best = recogniseArchitecture(canonical, family.architectures(canonical))
  return best !== undefined && verifyBackbone(canonical, best.architecture).complete
}

/** Possible prefixes: the text before the end of a name in a spelling. In the order of the file. */
function prefixesOf(names: Iterable<string>, families: readonly Family[]): readonly string[] {
  const ends = new Set(
    families.flatMap(({ spellings }) =>
      spellings.map(({ has }) => has.findLast(pattern => !pattern.includes('*')) ?? ''),
    ),
  )
  const found = new Set<string>()
  for (const name of names)
    for (const end of ends)
      if (end !== '' && (name === end || name.endsWith(`.${end}`))) found.add(name.slice(0, -end.length))
  return [...found]
}

/**
 * What to keep, by the shortest possible beginnings of names.
 * @returns undefined if a part of the network also has names that do not belong to it
 */
function partsOf(
  behind: readonly string[],
  strange: ReadonlySet<string>,
): FoundBackbone['parts'] | undefined {
  if (strange.size === 0) return [['*', '*']]
  const ours = new Set(behind.filter(name => !strange.has(name)).map(partOf))
  if ([...strange].some(name => ours.has(partOf(name)))) return undefined
  return [...ours].map(part => [part, part] as const)
}

/** `blocks.*` for `blocks.0.norm1.weight`. */
function partOf(name: string): string {
  return name.includes('.') ? `${name.slice(0, name.indexOf('.'))}.*` : name
}
