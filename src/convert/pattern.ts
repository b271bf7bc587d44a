/** Patterns: literal text with at most one `*`. They can be matched and substituted, and nothing more. */

/**
 * What the `*` of a pattern stands for in a name ('' for a pattern without one).
 * @returns undefined when the name does not match
 */
export function matchPattern(pattern: string, name: string): string | undefined {
  const star = pattern.indexOf('*')
  if (star < 0) return name === pattern ? '' : undefined
  const before = pattern.slice(0, star)
  const after = pattern.slice(star + 1)
  const fits = name.length >= before.length + after.length && name.startsWith(before) && name.endsWith(after)
  return fits ? name.slice(before.length, name.length - after.length) : undefined
}

/** Puts what a `*` stood for in the place of the `*` in another pattern. */
export function substitute(pattern: string, stands: string): string {
  return pattern.replace('*', () => stands)
}
