/** Finds names as people type them: ignores case, spaces, `_` and `-`, knows aliases, and suggests corrections. */
import { type Advice, UsageError } from '../errors.ts'
import { nearest } from './nearest.ts'

/** Words for the items in messages. */
export interface Lookup {
  /** `method`: in "There is no method 'x'." */
  readonly what: string
  /** What the items belong to: "moco has no network 'x'." instead of "There is no …". */
  readonly owner?: string | undefined
  /** Other names of items, squashed; those of missing items are ignored. */
  readonly aliases?: Readonly<Record<string, string>>
  /** Interprets names that mean more than their letters: `ViT-B/16`, `r50`. */
  readonly as?: (typed: string) => string
  /** Other allowed words, which the caller handles. */
  readonly also?: readonly string[]
  /** The option that gave the name, if it can be omitted and then recognised. */
  readonly option?: string
  /** Where to read the names, if there are too many to list. */
  readonly listed?: string
}

interface Named {
  readonly name: string
  readonly title?: string
}

/** A name without case, blanks, `_` and `-`. */
export function squashed(name: string): string {
  return name.toLowerCase().replaceAll(/[\s_-]+/g, '')
}

/**
 * The only item that a name can mean.
 * @throws UsageError when there is none, or it is ambiguous; with a suggestion, or otherwise a list
 */
export function findByName<T extends Named>(items: readonly T[], typed: string, lookup: Lookup): T {
  const found = items.find(({ name }) => name === typed) ?? named(items, typed, lookup)
  if (found) return found
  throw unknown(items, typed, lookup)
}

/** @returns undefined if a name means none of the items; does not guess */
export function named<T extends Named>(
  items: readonly T[],
  typed: string,
  { as, aliases = {} }: Lookup,
): T | undefined {
  const asTyped = squashed(typed)
  const wanted = as ? squashed(as(typed)) : asTyped
  const alias = [wanted, asTyped].find(one => Object.hasOwn(aliases, one))
  return (
    items.find(({ name }) => squashed(name) === asTyped) ??
    items.find(({ name }) => squashed(name) === wanted) ??
    items.find(({ title }) => title !== undefined && squashed(title) === asTyped) ??
    items.find(({ name }) => alias !== undefined && name === aliases[alias])
  )
}

/** More than people read in an error. */
const MANY = 30

/** If more titles than this contain a word, it is an ordinary word. */
const FEW = 4

function unknown(items: readonly Named[], typed: string, lookup: Lookup): UsageError {
  const { what, owner, also = [], option, listed } = lookup
  const wanted = squashed(lookup.as?.(typed) ?? typed)
  const names = items.map(({ name }) => name)
  const holding = names.filter(name => name.split(/[\s_-]+/).some(word => isNamed(word, wanted)))
  const oneOfThem: Advice =
    option === undefined
      ? 'Name one of them.'
      : [{ say: 'Name one of them; to have it recognised,', leaveOut: option }]
  if (holding.length > 1)
    return new UsageError(`Several ${what}s are called '${typed}': ${holding.join(', ')}.`, oneOfThem)
  const slip = isOtherVersion(names, wanted)
    ? undefined
    : (near(names, wanted, 1) ?? inside(items, typed, lookup) ?? near(names, wanted))
  const guess = holding[0] ?? slip
  const problem =
    owner === undefined ? `There is no ${what} '${typed}'.` : `${owner} has no ${what} '${typed}'.`
  if (guess !== undefined) return new UsageError(problem, `Did you mean ${guess}?`)
  const part = includedIn(items, typed, what, oneOfThem)
  if (part) return part
  if (names.length > MANY)
    return new UsageError(
      problem,
      option === undefined ? (listed ?? '') : [{ say: 'To have it recognised,', leaveOut: option }],
    )
  const all = [...also, ...names].join(', ')
  return new UsageError(problem, owner === undefined ? `The ${what}s are: ${all}.` : `It has: ${all}.`)
}

/** The code base of a name has many methods, and lists it in its title. */
function includedIn(
  items: readonly Named[],
  typed: string,
  what: string,
  oneOfThem: Advice,
): UsageError | undefined {
  const wanted = squashed(typed)
  const found = items
    .filter(({ title = '' }) => title.split(/[\s,:()]+/).some(word => squashed(word) === wanted))
    .map(({ name }) => name)
  if (found.length === 0 || found.length > FEW) return undefined
  return new UsageError(
    `There is no ${what} '${typed}' of its own; it is included in ${found.join(', ')}.`,
    found.length === 1 ? `Did you mean ${found[0]}?` : oneOfThem,
  )
}

/** `resnet` is the name of `resnet50`, too. */
function isNamed(word: string, wanted: string): boolean {
  return squashed(word) === wanted || squashed(word).replace(/\d+$/, '') === wanted
}

/** Another version is not a typo: DINOv3 is not DINOv2. Another size is: there is no ResNet-51. */
function isOtherVersion(names: readonly string[], wanted: string): boolean {
  const unversioned = (name: string): string => name.replaceAll(/v\d+/g, 'v')
  return names.some(name => unversioned(squashed(name)) === unversioned(wanted))
}

function near(names: readonly string[], wanted: string, most?: number): string | undefined {
  const bySquashed = new Map(names.map(name => [squashed(name), name]))
  return bySquashed.get(nearest(wanted, bySquashed.keys(), most) ?? '')
}

/** The longest sequence of words that is a name: the method in `mae-vit-b`, or its architecture. */
function inside(items: readonly Named[], typed: string, lookup: Lookup): string | undefined {
  const words = typed.split(/[\s_-]+/)
  for (let length = words.length - 1; length > 0; length--)
    for (let start = 0; start + length <= words.length; start++) {
      const found = named(items, words.slice(start, start + length).join('-'), lookup)
      if (found) return found.name
    }
  return undefined
}
