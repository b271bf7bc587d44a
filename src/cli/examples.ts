/** Help leads with examples: most people who ask for it want a line to start from. */

/** What a command is for, and then lines of `selfsup2mmdet …`, each with a note if it needs one; at most 80 columns. */
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
