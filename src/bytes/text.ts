/** Bytes as text, whatever they are. */

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * UTF-8; where it is none (Python 2 wrote any bytes, Python 3 writes lone surrogates), each byte beyond ASCII becomes
 * a lone surrogate as in Python's `surrogateescape`. No UTF-8 has one, so that different names stay different.
 */
export function decodeText(bytes: Uint8Array): string {
  // Nearly all text in a checkpoint is short and ASCII, where this is several times faster.
  if (bytes.length < 64 && isAscii(bytes))
    return String.fromCharCode.apply(null, bytes as unknown as number[])
  return decodeUtf8(bytes) ?? inSlices(bytes, byte => (byte < 0x80 ? byte : 0xdc00 + byte))
}

/** Decodes UTF-8; undefined if it is invalid. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  if (bytes.length < LONG && !isUtf8(bytes)) return undefined
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}

/** Throwing an error takes as long as checking this many bytes. */
const LONG = 4 * 1024

function isUtf8(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; ) {
    const length = lengthOfCharacter(bytes[i]!, bytes[i + 1]!)
    if (length === 0 || i + length > bytes.length) return false
    for (let more = 1; more < length; more++) if ((bytes[i + more]! & 0xc0) !== 0x80) return false
    i += length
  }
  return true
}

/** By its first two bytes: there are no halves of pairs, nothing beyond 10ffff, and nothing longer than need be (Unicode, table 3-7). */
function lengthOfCharacter(first: number, second: number): number {
  if (first < 0x80) return 1
  if (first < 0xc2) return 0
  if (first < 0xe0) return 2
  if (first < 0xf0) return (first === 0xe0 && second < 0xa0) || (first === 0xed && second >= 0xa0) ? 0 : 3
  const isBeyond = first > 0xf4 || (first === 0xf4 && second >= 0x90) || (first === 0xf0 && second < 0x90)
  return isBeyond ? 0 : 4
}

/** Added byte by byte, a text would become a chain of as many strings, each forty times as large as its byte. */
const SLICE = 8 * 1024

/** Each byte as the character of its number. */
export function latin1(bytes: Uint8Array): string {
  return inSlices(bytes, byte => byte)
}

function inSlices(bytes: Uint8Array, unit: (byte: number) => number): string {
  const slices: string[] = []
  for (let start = 0; start < bytes.length; start += SLICE)
    slices.push(String.fromCharCode(...Array.from(bytes.subarray(start, start + SLICE), unit)))
  return slices.join('')
}

function isAscii(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) if (bytes[i]! >= 0x80) return false
  return true
}

/** In quotes where a shell would take it for more than a word. */
export function shellWord(text: string): string {
  return /^[\w@%+:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}

/** A path as one word of a command line, which no program takes for an option: `./-name`. `-` alone is a standard stream. */
export function shellPath(path: string): string {
  return shellWord(path.length > 1 && path.startsWith('-') ? `./${path}` : path)
}

/** Whether a text contains an unpaired surrogate, as bytes that are no UTF-8 are read: encoded, it would become another one. */
export function hasHalfCharacter(text: string): boolean {
  return !text.isWellFormed()
}

/** The first names of a list, and how many more there are: `a, b, c and 4 more`. */
export function firstFew(names: Iterable<string>, most = 3): string {
  const all = [...names]
  const more = all.length > most ? ` and ${all.length - most} more` : ''
  return all.slice(0, most).join(', ') + more
}
