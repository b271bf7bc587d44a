/** A hex dump around a byte, for error messages in a terminal. */

const PER_LINE = 16

/**
 * @param bytes the available bytes
 * @param start the position of the first in the file
 * @param at the byte to mark, also a position in the file
 */
export function excerpt(bytes: Uint8Array, start: number, at: number): string {
  const end = start + bytes.length
  const lines: string[] = []
  const middle = at - (at % PER_LINE)
  for (let line = middle - PER_LINE; line <= middle + PER_LINE; line += PER_LINE) {
    if (line + PER_LINE <= start || line >= end) continue
    lines.push(hexLine(bytes, start, line, at))
  }
  return lines.join('\n')
}

function hexLine(bytes: Uint8Array, start: number, line: number, at: number): string {
  let hex = ''
  let text = ''
  for (let place = line; place < line + PER_LINE; place++) {
    const byte = bytes[place - start]
    const cell = byte === undefined ? '  ' : byte.toString(16).padStart(2, '0')
    // The brackets replace the blanks around the byte, so that a line fits in 80 columns.
    hex += (place === at ? '[' : place === at + 1 ? ']' : ' ') + cell
    text += byte === undefined ? ' ' : byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.'
  }
  const end = at === line + PER_LINE - 1 ? ']' : ' '
  return `  ${line.toString(16).padStart(6, '0')} ${hex}${end} ${text}`
}
