/** Patterns: literal text with at most one `*`. They can be matched and substituted, and nothing more. */

interface Parts {
  readonly before: string
  /** undefined where the pattern has no `*`. */
  readonly after: string | undefined
}

/** Every pattern is compared with every name of a checkpoint, and cut into its parts once. */
const known = new Map<string, Parts>()

function partsOf(pattern: string): Parts {
  const before = known.get(pattern)
  if (before) return before
  const star = pattern.indexOf('*')
  const parts =
    star < 0
      ? { before: pattern, after: undefined }
      : { before: pattern.slice(0, star), after: pattern.slice(star + 1) }
  known.set(pattern, parts)
  return parts
}

/**
 * What the `*` of a pattern stands for in a name ('' for a pattern without one).
 * @returns undefined when the name does not match
 */
export function matchPattern(pattern: string, name: string): string | undefined {
  const { before, after } = partsOf(pattern)
  if (after === undefined) return name === before ? '' : undefined
  const fits = name.startsWith(before) && name.length >= before.length + after.length && name.endsWith(after)
  return fits ? name.slice(before.length, name.length - after.length) : undefined
}

/** Puts what a `*` stood for in the place of the `*` in another pattern. */
export function substitute(pattern: string, stands: string): string {
  return pattern.replace('*', () => stands)
}
