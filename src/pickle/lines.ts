/**
 * The arguments of protocol 0: lines of text. Python's parsers accept more than its writer writes, sometimes with a
 * surprising meaning: `I010` is 8. We refuse what the writer does not write.
 */
import type { ByteReader } from '../bytes/reader.ts'
import { decodeText, latin1 } from '../bytes/text.ts'
import { type ReadArgument, toNumber } from './arguments.ts'
import { beyondLimit } from './limits.ts'

/** Texts are copied several times before they are decoded. */
const MAX_LINE = 16 * 1024 * 1024

/** Python's own limit (sys.int_info.default_max_str_digits). */
const MAX_DIGITS = 4300

function lineOf(reader: ByteReader): Uint8Array {
  return reader.line(MAX_LINE, () =>
    beyondLimit(reader.source.name, `a line has more than ${MAX_LINE} bytes`),
  )
}

export const line: ReadArgument<string> = r => decodeText(lineOf(r))
export const twoLines: ReadArgument<readonly [string, string]> = r => [line(r), line(r)]

/** A memo key. */
export const key: ReadArgument<number> = r => {
  const text = line(r)
  if (!/^\d{1,15}$/.test(text)) throw unexpected(r, 'a decimal number', text)
  return Number(text)
}

/** An INT line: `00` and `01` are Python's booleans before protocol 2. */
export const intLine: ReadArgument<number | bigint | boolean> = r => {
  const text = line(r)
  return text === '00' ? false : text === '01' ? true : parseInteger(r, text)
}

export const longLine: ReadArgument<number | bigint> = r => parseInteger(r, line(r).replace(/L$/, ''))

export const floatLine: ReadArgument<number> = r => {
  const text = line(r)
  const special = /^([+-]?)(inf|infinity|nan)$/i.exec(text)
  if (special) return specialFloat(special[1]!, special[2]!)
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) throw unexpected(r, 'a decimal number', text)
  return Number(text)
}

function specialFloat(sign: string, word: string): number {
  if (word.toLowerCase() === 'nan') return Number.NaN
  return sign === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
}

function parseInteger(reader: ByteReader, text: string): number | bigint {
  // Anchored and without alternatives, so that it does not take quadratic time.
  if (!/^-?[0-9]+$/.test(text) || /^-?0./.test(text) || text === '-0')
    throw unexpected(reader, 'a decimal integer', text)
  if (text.length > MAX_DIGITS)
    throw beyondLimit(
      reader.source.name,
      `an integer has ${text.length} digits, and the limit is ${MAX_DIGITS}`,
    )
  return toNumber(BigInt(text))
}

/** A line in Python quotes with Python escapes, which represent bytes. */
export const quotedLine: ReadArgument<string> = r => {
  const text = latin1(lineOf(r))
  const quote = text[0]
  if (text.length < 2 || (quote !== "'" && quote !== '"') || text.at(-1) !== quote)
    throw unexpected(r, 'a string in quotes', text)
  const raw = text.slice(1, -1).replace(ESCAPE, (whole, sequence: string) => {
    const meant = unescapeOne(sequence)
    if (meant === undefined) throw unexpected(r, 'an escape sequence of Python', whole)
    return meant
  })
  return decodeText(Uint8Array.from(raw, char => char.charCodeAt(0)))
}

const ESCAPE = /\\(x[0-9a-fA-F]{2}|[0-7]{1,3}|.|$)/gs

const NAMED_ESCAPES: Readonly<Record<string, string>> = {
  "'": "'",
  '"': '"',
  '\\': '\\',
  n: '\n',
  r: '\r',
  t: '\t',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
}

/** Undefined for `\x` without two digits, a backslash at the end, and escapes that Python does not change. */
function unescapeOne(sequence: string): string | undefined {
  if (/^x../.test(sequence)) return String.fromCharCode(Number.parseInt(sequence.slice(1), 16))
  if (/^[0-7]/.test(sequence)) return String.fromCharCode(Number.parseInt(sequence, 8) & 0xff)
  return Object.hasOwn(NAMED_ESCAPES, sequence) ? NAMED_ESCAPES[sequence] : undefined
}

/**
 * A line of Latin-1 with `\uXXXX` and `\UXXXXXXXX` for other characters; any other backslash, even before a second one, is a
 * plain character.
 */
export const unicodeLine: ReadArgument<string> = r =>
  latin1(lineOf(r)).replace(UNICODE, (whole, short?: string, long?: string) => {
    const digits = short ?? long
    if (digits === undefined) return whole
    const code = digits.length !== (short === undefined ? 8 : 4) ? Number.NaN : Number.parseInt(digits, 16)
    // Refuses surrogates: we decode invalid UTF-8 to unpaired ones, and two of these would become one character.
    if (!(code <= 0x10ffff) || (code >= 0xd800 && code < 0xe000))
      throw unexpected(r, 'the number of a character', whole)
    return String.fromCodePoint(code)
  })

const UNICODE = /\\(?:u([0-9a-fA-F]{0,4})|U([0-9a-fA-F]{0,8})|.)/gs

function unexpected(reader: ByteReader, what: string, found: string): Error {
  return reader.fail(`expected ${what}, found '${found.slice(0, 40)}'.`)
}
