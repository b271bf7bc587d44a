/** What a target's class loads from a file: which network it is, and which tensors are required. */
import { type Architecture, architecture, type Family, type TensorSpec } from '../families/family.ts'
import { spellingOf } from '../families/spelling.ts'
import { matcher } from '../rename/pattern.ts'
import { itemsOf, spellState } from '../rename/spell.ts'
import { type Home, obstacleTo, type Target } from '../targets/target.ts'
import type { StateDict, Tensor } from '../tensor/tensor.ts'
import { nameFor } from './name.ts'
import { recogniseArchitecture } from './verify.ts'

/** A network under the names of the class that loads it. */
export interface LoadedNetwork {
  /** What the class requires, under its own names. */
  readonly architecture: Architecture
  readonly home: Home
  /** Why the class is not this network although the names match; follows its name. */
  readonly obstacle?: string
  /** Tensors that the class creates itself: they are allowed in a file, but not required. */
  readonly made: ReadonlySet<string>
}

/**
 * @param state under the names of the class, without the prefix of its home
 * @param stated the name of the required architecture
 * @returns undefined when the names do not match any class of the target
 */
export function loadedNetwork(
  state: StateDict,
  families: readonly Family[],
  { homes }: Target,
  stated?: string,
): LoadedNetwork | undefined {
  const names = new Set(state.keys())
  const spelt = spellingOf(names, families)
  const home = spelt && homes[spelt.family.name]
  if (!spelt || home?.spelling !== spelt.spelling.name) return undefined
  const { family, spelling } = spelt
  const canonical = spellState(spelling.rules, state)
  const variants = family.architectures(canonical)
  const found =
    stated === undefined
      ? recogniseArchitecture(canonical, variants)?.architecture
      : variants.find(({ name }) => name === stated)
  if (!found) return undefined
  const made = [...names].filter(name => home.makes?.some(pattern => matcher(pattern)(name) !== undefined))
  const obstacle = obstacleTo(home, found, spelling.name)?.because
  return {
    architecture: named(found, family, home),
    home,
    ...(obstacle !== undefined && { obstacle }),
    made: new Set(made),
  }
}

/** The usual networks that a target loads, under the names of its classes. */
export function loadableArchitectures(
  families: readonly Family[],
  { homes }: Target,
): readonly Architecture[] {
  return families.flatMap(family => {
    const home = homes[family.name]
    return home ? family.architectures().map(found => named(found, family, home)) : []
  })
}

/** The same network with the names and shapes of the class. */
function named(found: Architecture, family: Family, home: Home): Architecture {
  return architecture(
    { name: found.name, title: found.title, family: found.family, facts: found.facts },
    () => {
      const specs = new Map(found.tensors().map(spec => [spec.name, spec]))
      const items = itemsOf(new Map([...specs].map(([name, spec]) => [name, withoutValues(spec)])))
      return [...nameFor(family, home, items).kept].map(([name, { from, tensor }]) => ({
        ...specs.get(from[0]!)!,
        name,
        shape: tensor.shape,
      }))
    },
  )
}

/** Makes shapes go through the same renaming, reordering and joining as tensors. */
function withoutValues({ name, shape, kind }: TensorSpec): Tensor {
  return {
    dtype: kind === 'float' ? 'float32' : 'int64',
    shape,
    origin: name,
    copyTo: () => Promise.reject(new TypeError(`${name} is a shape without values`)),
  }
}
