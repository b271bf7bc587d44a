/** Help starts with examples, because most people who ask for it want a line to start from. */

/** A command's purpose, then lines of `selfsup2mmdet …`, each with an optional note; at most 80 columns. */
export function leadWith(
  about: string,
  examples: readonly (readonly [line: string, note?: string])[],
): string {
  const width = Math.max(...examples.filter(([, note]) => note !== undefined).map(([line]) => line.length), 0)
  const lines = examples.map(
    ([line, note]) => `  $ ${note === undefined ? line : `${line.padEnd(width)}  ${note}`}`,
  )
  return `${about}\n\nExamples:\n${lines.join('\n')}`
}
