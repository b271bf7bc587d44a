/** Converts any bytes to text. */

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Decodes UTF-8. If it is invalid (Python 2 wrote any bytes, Python 3 writes lone surrogates), each byte beyond ASCII becomes
 * a lone surrogate, like Python's `surrogateescape`. Valid UTF-8 has none, so different names stay different.
 */
export function decodeText(bytes: Uint8Array): string {
  // Nearly all text in a checkpoint is short and ASCII; this is several times faster for it.
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

/** Checks the first two bytes: no surrogates, nothing beyond 10ffff, and no overlong forms (Unicode, table 3-7). */
function lengthOfCharacter(first: number, second: number): number {
  if (first < 0x80) return 1
  if (first < 0xc2) return 0
  if (first < 0xe0) return 2
  if (first < 0xf0) return (first === 0xe0 && second < 0xa0) || (first === 0xed && second >= 0xa0) ? 0 : 3
  const isBeyond = first > 0xf4 || (first === 0xf4 && second >= 0x90) || (first === 0xf0 && second < 0x90)
  return isBeyond ? 0 : 4
}

/** Appending byte by byte would create a chain of strings that takes forty times the memory. */
const SLICE = 8 * 1024

/** Each byte becomes the character with the same number. */
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

/** Quotes a text unless a shell reads it as one plain word. */
export function shellWord(text: string): string {
  return /^[\w@%+:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}

/** A path as one word of a command line that no program mistakes for an option: `./-name`. A bare `-` is a standard stream. */
export function shellPath(path: string): string {
  return shellWord(path.length > 1 && path.startsWith('-') ? `./${path}` : path)
}

/** Whether a text contains an unpaired surrogate, which stands for invalid UTF-8: encoding would change it. */
export function hasHalfCharacter(text: string): boolean {
  return !text.isWellFormed()
}

/** The first names of a list, and the number of others: `a, b, c and 4 more`. */
export function firstFew(names: Iterable<string>, most = 3): string {
  const all = [...names]
  const more = all.length > most ? ` and ${all.length - most} more` : ''
  return all.slice(0, most).join(', ') + more
}
