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
  try {
    return utf8.decode(bytes)
  } catch {
    return latin1(bytes).replace(/[\x80-\xff]/g, char => String.fromCharCode(0xdc00 + char.charCodeAt(0)))
  }
}

/** Each byte as the character of its number. */
export function latin1(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return text
}

function isAscii(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) if (bytes[i]! >= 0x80) return false
  return true
}
