/** Limits the size of a JSON text before parsing it: a megabyte of "[[[[" would take fifty in memory. */
import { FormatError } from '../errors.ts'

/**
 * Each tensor in a safetensors header takes ten: its object, sizes, offsets. The largest known headers have some ten thousand
 * tensors.
 */
export const MAX_VALUES = 3_000_000

/** The limit of the official safetensors library's parser (serde_json); a header needs three. */
export const MAX_JSON_DEPTH = 127

const [QUOTE, COMMA, BACKSLASH] = [0x22, 0x2c, 0x5c]
const OPENING: readonly number[] = [0x5b, 0x7b]
const CLOSING: readonly number[] = [0x5d, 0x7d]

/**
 * @param bytes JSON in UTF-8; invalid JSON is left to the parser
 * @param what the kind of text, for messages
 * @throws FormatError when it has more than `MAX_VALUES` values, or nests them deeper than `MAX_JSON_DEPTH`
 */
export function requireModestExtent(bytes: Uint8Array, what: string, source: string): void {
  let values = 0
  let depth = 0
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!
    if (byte === QUOTE) at = endOfString(bytes, at)
    else if (byte === COMMA) values++
    else if (OPENING.includes(byte)) {
      values++
      if (++depth > MAX_JSON_DEPTH)
        throw immodest(source, `${what} nests values more than ${MAX_JSON_DEPTH} deep`)
    } else if (CLOSING.includes(byte)) depth--
    if (values > MAX_VALUES) throw immodest(source, `${what} has more than ${MAX_VALUES} values`)
  }
}

/** The index of the quote that ends the string starting at `at`. */
function endOfString(bytes: Uint8Array, at: number): number {
  let end = at + 1
  while (end < bytes.length && bytes[end] !== QUOTE) end += bytes[end] === BACKSLASH ? 2 : 1
  return end
}

function immodest(source: string, problem: string): FormatError {
  return new FormatError(
    { source },
    `${problem}.`,
    'No known checkpoint comes close: download it again, or save it in more than one file.',
  )
}
