/** The arguments of opcodes: each kind knows how to read itself from the bytes behind the opcode. */
import type { ByteReader } from '../bytes/reader.ts'
import { decodeText, decodeUtf8, latin1 } from '../bytes/text.ts'
import { beyondLimit } from './limits.ts'

export type ReadArgument<T> = (reader: ByteReader) => T

export const none: ReadArgument<undefined> = () => undefined
export const u8: ReadArgument<number> = r => r.u8()
export const u16: ReadArgument<number> = r => r.u16()
export const u32: ReadArgument<number> = r => r.u32()
export const i32: ReadArgument<number> = r => r.i32()
export const u64: ReadArgument<number> = r => r.u64()
export const f64: ReadArgument<number> = r => r.f64BigEndian()

/** Bytes behind a length of one, four or eight bytes. Copies: the window moves on. */
export const bytes1: ReadArgument<Uint8Array> = r => r.bytes(r.u8()).slice()
export const bytes4: ReadArgument<Uint8Array> = r => r.bytes(r.u32()).slice()
export const bytes8: ReadArgument<Uint8Array> = r => r.bytes(r.u64()).slice()

export const text1: ReadArgument<string> = r => decodeText(r.bytes(r.u8()))
export const text4: ReadArgument<string> = r => decodeText(r.bytes(r.u32()))
export const text8: ReadArgument<string> = r => decodeText(r.bytes(r.u64()))

/**
 * Python 2's BINSTRING, which is text or the numbers of a NumPy array. What is long and no UTF-8 is the latter: as bytes, it
 * costs no more than it has.
 */
export const string4: ReadArgument<string | Uint8Array> = r => {
  const bytes = r.bytes(r.u32())
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

export const line: ReadArgument<string> = r => decodeText(r.line())
export const twoLines: ReadArgument<readonly [string, string]> = r => [
  decodeText(r.line()),
  decodeText(r.line()),
]

/** A decimal line: a memo key. */
export const key: ReadArgument<number> = r => {
  const text = decodeText(r.line())
  if (!/^\d{1,15}$/.test(text)) throw r.fail(`expected a decimal number, found '${text.slice(0, 40)}'.`)
  return Number(text)
}

/** An INT line: `00` and `01` are Python's booleans before protocol 2. */
export const intLine: ReadArgument<number | bigint | boolean> = r => {
  const text = decodeText(r.line())
  return text === '00' ? false : text === '01' ? true : parseInteger(r, text)
}

export const longLine: ReadArgument<number | bigint> = r =>
  parseInteger(r, decodeText(r.line()).replace(/L$/, ''))

export const floatLine: ReadArgument<number> = r => {
  const text = decodeText(r.line()).trim()
  const special = /^([+-]?)(inf|nan)$/i.exec(text)
  const value = special ? specialFloat(special[1]!, special[2]!) : Number(text || 'x')
  if (Number.isNaN(value) && !special)
    throw r.fail(`expected a decimal number, found '${text.slice(0, 40)}'.`)
  return value
}

/** A line in Python quotes with Python escapes, which stand for bytes. */
export const quotedLine: ReadArgument<string> = r => {
  const text = latin1(r.line())
  const quoted = /^(["'])(.*)\1$/s.exec(text.trim())
  if (!quoted) throw r.fail(`expected a text in quotes, found ${text.slice(0, 40)}.`)
  const raw = quoted[2]!.replace(ESCAPE, (_, sequence: string) => unescapeOne(sequence))
  return decodeText(Uint8Array.from(raw, char => char.charCodeAt(0)))
}

/** A line of Latin-1 in which `\uXXXX` and `\UXXXXXXXX` stand for the other characters. */
export const unicodeLine: ReadArgument<string> = r =>
  latin1(r.line()).replace(/\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})/g, (whole, short, long) => {
    const code = Number.parseInt(short ?? long, 16)
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole
  })

const ESCAPE = /\\(x[0-9a-fA-F]{2}|[0-7]{1,3}|.)/gs
const NAMED_ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
}

function unescapeOne(sequence: string): string {
  if (/^x../.test(sequence)) return String.fromCharCode(Number.parseInt(sequence.slice(1), 16))
  if (/^[0-7]/.test(sequence)) return String.fromCharCode(Number.parseInt(sequence, 8) & 0xff)
  return NAMED_ESCAPES[sequence] ?? sequence
}

/** Python itself takes no decimal integer beyond 4,300 digits, of which this is the tenfold and more. */
const MAX_LONG_BYTES = 64 * 1024

/** As many as Python takes (sys.int_info.default_max_str_digits). */
const MAX_DIGITS = 4300

function parseInteger(reader: ByteReader, text: string): number | bigint {
  if (!/^\s*[+-]?\d+\s*$/.test(text))
    throw reader.fail(`expected a decimal integer, found '${text.slice(0, 40)}'.`)
  if (text.length > MAX_DIGITS)
    throw beyondLimit(
      reader.source.name,
      `an integer has ${text.length} digits, and the limit is ${MAX_DIGITS}`,
    )
  return toNumber(BigInt(text.trim().replace(/^\+/, '')))
}

function specialFloat(sign: string, word: string): number {
  if (word.toLowerCase() === 'nan') return Number.NaN
  return sign === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
}

function decodeLong(bytes: Uint8Array): number | bigint {
  // Hexadecimal takes time that grows with the length; shifting one byte after another, with its square.
  const hex = Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).reverse()
  const value = BigInt(`0x0${hex.join('')}`)
  return toNumber(BigInt.asIntN(Math.max(8 * bytes.length, 1), value))
}

function toNumber(value: bigint): number | bigint {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}
