/** Reads the arguments of opcodes from the bytes after the opcode. */
import type { ByteReader } from '../bytes/reader.ts'
import { decodeText, decodeUtf8 } from '../bytes/text.ts'
import { beyondLimit } from './limits.ts'

export type ReadArgument<T> = (reader: ByteReader) => T

export const none: ReadArgument<undefined> = () => undefined
export const u8: ReadArgument<number> = r => r.u8()
export const u16: ReadArgument<number> = r => r.u16()
export const u32: ReadArgument<number> = r => r.u32()
export const i32: ReadArgument<number> = r => r.i32()
export const u64: ReadArgument<number> = r => r.u64()
/** Reads a length and returns whether it exceeds the remaining bytes. */
export const isBeyondEnd: ReadArgument<boolean> = r => r.u64() > r.source.size - r.position
export const f64: ReadArgument<number> = r => r.f64BigEndian()

/** Bytes after a length of one, four or eight bytes. Copied, because the read buffer moves on. */
export const bytes1: ReadArgument<Uint8Array> = r => r.bytes(r.u8()).slice()
export const bytes4: ReadArgument<Uint8Array> = r => r.bytes(r.u32()).slice()
export const bytes8: ReadArgument<Uint8Array> = r => r.bytes(r.u64()).slice()

export const text1: ReadArgument<string> = r => decodeText(r.bytes(r.u8()))
export const text4: ReadArgument<string | Uint8Array> = r => textOrBytes(r.bytes(r.u32()))
export const text8: ReadArgument<string | Uint8Array> = r => textOrBytes(r.bytes(r.u64()))

/**
 * A Python 2 string is text, or the numbers of a NumPy array. If long and not UTF-8, it is the latter, and stays bytes, which
 * take no extra memory.
 */
function textOrBytes(bytes: Uint8Array): string | Uint8Array {
  return bytes.length > LONG_STRING ? (decodeUtf8(bytes) ?? bytes.slice()) : decodeText(bytes)
}

/** Longer than any tensor name. */
const LONG_STRING = 64 * 1024

/** Integers of any length, two's complement, little-endian. */
export const long1: ReadArgument<number | bigint> = r => decodeLong(r.bytes(r.u8()))
export const long4: ReadArgument<number | bigint> = r => {
  const length = r.i32()
  if (length < 0) throw r.fail(`expected the length of a number, found ${length}.`)
  if (length > MAX_LONG_BYTES)
    throw beyondLimit(r.source.name, `an integer has ${length} bytes, and the limit is ${MAX_LONG_BYTES}`)
  return decodeLong(r.bytes(length))
}

/** Python itself refuses decimal integers beyond 4,300 digits; this is more than ten times that. */
const MAX_LONG_BYTES = 64 * 1024

/** Integers up to this many bytes are exact as numbers: nearly all of them. */
const SHORT = 6

function decodeLong(bytes: Uint8Array): number | bigint {
  if (bytes.length > SHORT) return decodeLonger(bytes)
  let value = 0
  for (let i = bytes.length - 1; i >= 0; i--) value = value * 256 + bytes[i]!
  return bytes.length > 0 && bytes[bytes.length - 1]! >= 0x80 ? value - 2 ** (8 * bytes.length) : value
}

/** Space for two words of eight bytes, enough for nearly all. */
const twoWords = new DataView(new ArrayBuffer(16))

function decodeLonger(bytes: Uint8Array): number | bigint {
  const words = bytes.length <= 16 ? twoWords : new DataView(new ArrayBuffer(Math.ceil(bytes.length / 8) * 8))
  const padded = new Uint8Array(words.buffer)
  padded.fill(bytes[bytes.length - 1]! >= 0x80 ? 0xff : 0, bytes.length)
  padded.set(bytes)
  if (bytes.length <= 8) return toNumber(words.getBigInt64(0, true))
  if (bytes.length <= 16) return toNumber((words.getBigInt64(8, true) << 64n) | words.getBigUint64(0, true))
  // Hexadecimal takes linear time; shifting word by word, quadratic time.
  let hex = ''
  for (let at = padded.length - 8; at >= 0; at -= 8)
    hex += words.getBigUint64(at, true).toString(16).padStart(16, '0')
  return toNumber(BigInt.asIntN(8 * padded.length, BigInt(`0x${hex}`)))
}

/** Converts to a number if that is exact. */
export function toNumber(value: bigint): number | bigint {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}
