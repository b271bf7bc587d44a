/** The arguments of opcodes: each kind knows how to read itself from the bytes behind the opcode. */
import type { ByteReader } from '../bytes/reader.ts'
import { decodeText, latin1 } from '../bytes/text.ts'

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

/** Integers of any length, two's complement, little-endian. */
export const long1: ReadArgument<number | bigint> = r => decodeLong(r.bytes(r.u8()))
export const long4: ReadArgument<number | bigint> = r => {
  const length = r.i32()
  if (length < 0 || length > MAX_LONG_BYTES)
    throw r.fail(`expected a number of 0 to ${MAX_LONG_BYTES} bytes, found ${length}.`)
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

/** Larger integers have no use in a checkpoint, and cost time that grows with the square of their length. */
const MAX_LONG_BYTES = 1024

function parseInteger(reader: ByteReader, text: string): number | bigint {
  if (!/^\s*[+-]?\d{1,2000}\s*$/.test(text))
    throw reader.fail(`expected a decimal integer, found '${text.slice(0, 40)}'.`)
  return toNumber(BigInt(text.trim().replace(/^\+/, '')))
}

function specialFloat(sign: string, word: string): number {
  if (word.toLowerCase() === 'nan') return Number.NaN
  return sign === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
}

function decodeLong(bytes: Uint8Array): number | bigint {
  // In one go: adding byte by byte takes time that grows with the square of their number.
  let hex = '0x0'
  for (let i = bytes.length - 1; i >= 0; i--) hex += bytes[i]!.toString(16).padStart(2, '0')
  return toNumber(BigInt.asIntN(Math.max(8 * bytes.length, 1), BigInt(hex)))
}

function toNumber(value: bigint): number | bigint {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}
