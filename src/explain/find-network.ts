/** Complete networks in a section, under any prefix: each family knows its names. */
import { recogniseArchitecture, verifyBackbone } from '../convert/verify.ts'
import type { Family } from '../families/family.ts'
import { type Spelt, spellingOf, unspelled } from '../families/spelling.ts'
import { spellState } from '../rename/spell.ts'
import { withoutWrapper } from '../rename/wrappers.ts'
import { underPrefix } from '../tensor/prefix.ts'
import type { StateDict } from '../tensor/tensor.ts'

/** A network that is in a checkpoint, under some prefix. */
export interface FoundBackbone {
  /** Of its family, for people: `Vision Transformer`. */
  readonly title: string
  readonly section: string
  readonly state: StateDict
  /** The prefix of each of its names, wrappers aside: `encoder.`, or nothing. */
  readonly prefix: string
  /** Patterns behind the prefix, and what to call what they match: for ResNets, MMDetection's names. */
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

/** Where a name of a spelling ends: what comes before it. In the order of the file. */
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
 * What to keep, by the first words of names, as short as can be.
 * @returns undefined where a part that is of the network has names that are not
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

/** `blocks.*` of `blocks.0.norm1.weight`. */
function partOf(name: string): string {
  return name.includes('.') ? `${name.slice(0, name.indexOf('.'))}.*` : name
}
