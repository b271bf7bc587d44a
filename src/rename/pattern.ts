/** Patterns: literal text with at most one `*`, which can be matched and substituted. */

/** The text that the `*` of a pattern matches in a name ('' for a pattern without one); undefined if the name does not match. */
export type Matcher = (name: string) => string | undefined

/** Every pattern is compared with every name of a checkpoint, but parsed once. */
const known = new Map<string, Matcher>()

export function matcher(pattern: string): Matcher {
  const before = known.get(pattern)
  if (before) return before
  const made = makeMatcher(pattern)
  known.set(pattern, made)
  return made
}

function makeMatcher(pattern: string): Matcher {
  const star = pattern.indexOf('*')
  if (star < 0) return name => (name === pattern ? '' : undefined)
  const before = pattern.slice(0, star)
  const after = pattern.slice(star + 1)
  const shortest = before.length + after.length
  return name =>
    name.startsWith(before) && name.length >= shortest && name.endsWith(after)
      ? name.slice(before.length, name.length - after.length)
      : undefined
}

/** Replaces the `*` in a pattern by what another pattern's `*` matched. */
export function substitute(pattern: string, wildcard: string): string {
  return pattern.replace('*', () => wildcard)
}
