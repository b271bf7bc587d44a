/** Wraps long lines between words, for terminals. */

/**
 * What is longer than the terminal is wide goes on in the next line, below where it began, with whole words.
 * @param columns of the terminal; undefined leaves the text as it is
 * @param indent columns that are taken already
 */
export function fold(text: string, columns: number | undefined, indent = 0): string {
  if (columns === undefined || columns < indent + NARROW) return text
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const line = lines.at(-1)
    if (line !== undefined && indent + line.length + 1 + word.length <= columns)
      lines[lines.length - 1] = `${line} ${word}`
    else lines.push(word)
  }
  return lines.join(`\n${' '.repeat(indent)}`)
}

/** Folding does not help if there are fewer columns than this. */
export const NARROW = 20

/** Lines below a label or a title, each folded below where it begins; what they are indented by already stays. */
export function indented(lines: readonly string[], by: number, columns: number | undefined): string[] {
  return lines.map(line => {
    const text = line.trimStart()
    const indent = by + line.length - text.length
    return `${' '.repeat(indent)}${fold(text, columns, indent)}`
  })
}
