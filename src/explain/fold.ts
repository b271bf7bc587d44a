/** Wraps long lines between words, for terminals. */

/**
 * Continues lines that are longer than the terminal is wide on the next line, below their beginning, breaking between words.
 * @param columns of the terminal; undefined leaves the text unchanged
 * @param indent columns already used
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

/** With fewer columns, folding does not help. */
export const NARROW = 20

/** Lines below a label or title, each folded below its beginning; existing indents are kept. */
export function indented(lines: readonly string[], by: number, columns: number | undefined): string[] {
  return lines.map(line => {
    const text = line.trimStart()
    const indent = by + line.length - text.length
    return `${' '.repeat(indent)}${fold(text, columns, indent)}`
  })
}
