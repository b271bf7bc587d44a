/**
 * JSON by the rules of the official library's parser (Rust's serde_json), which differs from `JSON.parse`: `-0`, `4.0` and
 * `1e0` are not integers, an unpaired surrogate is invalid, a number beyond the range of floats is an error, and both values
 * of a repeated key are visible. Texts and numbers of any length are read in loops, because regular expressions would
 * overflow the stack.
 */
import { hasHalfCharacter } from '../../bytes/text.ts'

/** An object as a list of pairs; a repeated key appears twice. */
export class JsonObject {
  readonly pairs: readonly (readonly [string, Json])[]
  constructor(pairs: readonly (readonly [string, Json])[]) {
    this.pairs = pairs
  }
}

/** Any number except an integer from 0 to below 2^64, as serde_json reads it: `4.0`, `-1`, `-0`. */
export const OTHER_NUMBER: unique symbol = Symbol('another number')

/** Integers from 2^53 are rounded, so that they are not safe integers. */
export type Json = null | boolean | string | number | typeof OTHER_NUMBER | readonly Json[] | JsonObject

const [QUOTE, BACKSLASH, FIRST_PRINTABLE] = [0x22, 0x5c, 0x20]
const BEYOND_UNSIGNED = 2 ** 64

/**
 * The members of a text's top-level object, one at a time, so that each can be checked and released.
 * @param text nested no deeper than the stack allows: see `requireModestExtent`
 * @throws SyntaxError (when iterated) when it is not JSON, or not an object
 */
export function* membersOf(text: string): Generator<readonly [string, Json], void> {
  const scanner = new Scanner(text)
  scanner.blanks()
  yield* scanner.members()
  scanner.blanks()
  if (scanner.at < text.length) throw scanner.unexpected('the end')
}

class Scanner {
  readonly text: string
  at = 0

  constructor(text: string) {
    this.text = text
  }

  blanks(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.at)
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return
      this.at++
    }
  }

  *members(): Generator<readonly [string, Json], void> {
    this.expect('{')
    this.blanks()
    if (this.skip('}')) return
    do {
      this.blanks()
      const key = this.string()
      this.blanks()
      this.expect(':')
      yield [key, this.value()]
      this.blanks()
    } while (this.skip(','))
    this.expect('}')
  }

  value(): Json {
    this.blanks()
    switch (this.text[this.at]) {
      case '{':
        return new JsonObject([...this.members()])
      case '[':
        return this.list()
      case '"':
        return this.string()
      case 'n':
        return this.word('null', null)
      case 't':
        return this.word('true', true)
      case 'f':
        return this.word('false', false)
      default:
        return this.number()
    }
  }

  list(): Json[] {
    const items: Json[] = []
    this.expect('[')
    this.blanks()
    if (this.skip(']')) return items
    do {
      items.push(this.value())
      this.blanks()
    } while (this.skip(','))
    this.expect(']')
    return items
  }

  string(): string {
    const start = this.at
    this.expect('"')
    let escaped = false
    for (let code = this.code(); code !== QUOTE; code = this.code()) {
      if (!(code >= FIRST_PRINTABLE)) throw this.unexpected('a printable character or an escape')
      escaped ||= code === BACKSLASH
      this.at += code === BACKSLASH ? 2 : 1
    }
    this.at++
    if (!escaped) return this.text.slice(start + 1, this.at - 1)
    const value: string = JSON.parse(this.text.slice(start, this.at))
    if (hasHalfCharacter(value))
      throw new SyntaxError(`an unpaired surrogate in the string at character ${start}`)
    return value
  }

  number(): number | typeof OTHER_NUMBER {
    const start = this.at
    const negative = this.skip('-')
    const first = this.at
    const digits = this.digits()
    if (digits > 1 && this.text[first] === '0')
      throw new SyntaxError(`a number begins with 0 at character ${first}`)
    let whole = !negative
    if (this.skip('.')) {
      whole = false
      this.digits()
    }
    if (this.skip('e') || this.skip('E')) {
      whole = false
      if (!this.skip('+')) this.skip('-')
      this.digits()
    }
    const value = Number(this.text.slice(start, this.at))
    if (!Number.isFinite(value)) throw new SyntaxError(`a number out of range at character ${start}`)
    return whole && value < BEYOND_UNSIGNED ? value : OTHER_NUMBER
  }

  /** Skips digits; returns how many there were. */
  digits(): number {
    const start = this.at
    for (let code = this.code(); code >= 0x30 && code <= 0x39; code = this.code()) this.at++
    if (this.at === start) throw this.unexpected('a value')
    return this.at - start
  }

  word<T>(word: string, value: T): T {
    if (!this.text.startsWith(word, this.at)) throw this.unexpected('a value')
    this.at += word.length
    return value
  }

  code(): number {
    return this.text.charCodeAt(this.at)
  }

  skip(character: string): boolean {
    const found = this.text[this.at] === character
    if (found) this.at++
    return found
  }

  expect(character: string): void {
    if (!this.skip(character)) throw this.unexpected(`'${character}'`)
  }

  unexpected(expected: string): SyntaxError {
    const found = this.text[this.at]
    return new SyntaxError(
      `expected ${expected}, found ${found === undefined ? 'the end' : JSON.stringify(found)} at character ${this.at}`,
    )
  }
}
