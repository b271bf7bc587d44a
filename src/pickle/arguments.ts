/** The arguments of opcodes: each kind knows how to read itself from the bytes behind the opcode. */
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
/** Checks a length, which may be more than the bytes that are left. */
export const isBeyondEnd: ReadArgument<boolean> = r => r.u64() > r.source.size - r.position
export const f64: ReadArgument<number> = r => r.f64BigEndian()

/** Bytes behind a length of one, four or eight bytes. Copies: the window moves on. */
export const bytes1: ReadArgument<Uint8Array> = r => r.bytes(r.u8()).slice()
export const bytes4: ReadArgument<Uint8Array> = r => r.bytes(r.u32()).slice()
export const bytes8: ReadArgument<Uint8Array> = r => r.bytes(r.u64()).slice()

export const text1: ReadArgument<string> = r => decodeText(r.bytes(r.u8()))
export const text4: ReadArgument<string | Uint8Array> = r => textOrBytes(r.bytes(r.u32()))
export const text8: ReadArgument<string | Uint8Array> = r => textOrBytes(r.bytes(r.u64()))

/**
 * Python 2's strings are text, or the numbers of a NumPy array. What is long and no UTF-8 is the latter: as bytes, it costs no more
 * than it has.
 */
function textOrBytes(bytes: Uint8Array): string | Uint8Array {
  return bytes.length > LONG_STRING ? (decodeUtf8(bytes) ?? bytes.slice()) : decodeText(bytes)
}

/** No name of a tensor is so long. */
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

/** Python itself takes no decimal integer beyond 4,300 digits; this is more than ten times that. */
const MAX_LONG_BYTES = 64 * 1024

/** As many bytes as keep it exact as a number: those of nearly all integers. */
const SHORT = 6

function decodeLong(bytes: Uint8Array): number | bigint {
  if (bytes.length > SHORT) return decodeLonger(bytes)
  let value = 0
  for (let i = bytes.length - 1; i >= 0; i--) value = value * 256 + bytes[i]!
  return bytes.length > 0 && bytes[bytes.length - 1]! >= 0x80 ? value - 2 ** (8 * bytes.length) : value
}

/** Room for two words of eight bytes, as nearly all have it. */
const twoWords = new DataView(new ArrayBuffer(16))

function decodeLonger(bytes: Uint8Array): number | bigint {
  const words = bytes.length <= 16 ? twoWords : new DataView(new ArrayBuffer(Math.ceil(bytes.length / 8) * 8))
  const padded = new Uint8Array(words.buffer)
  padded.fill(bytes[bytes.length - 1]! >= 0x80 ? 0xff : 0, bytes.length)
  padded.set(bytes)
  if (bytes.length <= 8) return toNumber(words.getBigInt64(0, true))
  if (bytes.length <= 16) return toNumber((words.getBigInt64(8, true) << 64n) | words.getBigUint64(0, true))
  // Hexadecimal takes time that grows with the length; shifting one word after another, with its square.
  let hex = ''
  for (let at = padded.length - 8; at >= 0; at -= 8)
    hex += words.getBigUint64(at, true).toString(16).padStart(16, '0')
  return toNumber(BigInt.asIntN(8 * padded.length, BigInt(`0x${hex}`)))
}

/** An integer as all arithmetic here has it: a number where it is exact. */
export function toNumber(value: bigint): number | bigint {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}
