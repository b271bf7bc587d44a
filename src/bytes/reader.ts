/** A checked cursor: reads numbers and text from a source in order, and knows its position for messages. */
import { damagedAdvice, FormatError } from '../errors.ts'
import { excerpt } from './hex-dump.ts'
import type { ByteSource } from './source.ts'

/** Thrown (and always caught inside `readInOrder`) when the window of bytes in memory ends too early. */
const NEED_MORE = Symbol('need more bytes')

/**
 * Decodes what lies in a source from `offset` on, without knowing how long it is.
 *
 * `step` decodes one item and says whether it was the last. It must read all the bytes of its item before it changes
 * anything of its own: where the window of bytes ends inside an item, the step is run again on a larger window.
 *
 * @param limit the most bytes that all items together may take
 * @returns the offset after the last item
 * @param beyond what is thrown when the limit is reached; by default a FormatError
 * @throws FormatError when the source ends, or the limit is reached, inside an item
 */
export async function readInOrder(
  source: ByteSource,
  offset: number,
  limit: number,
  step: (reader: ByteReader) => boolean,
  beyond?: () => Error,
): Promise<number> {
  const reader = new ByteReader(source, offset, limit, beyond)
  for (;;) {
    try {
      while (!someSteps(reader, step));
      return reader.position
    } catch (error) {
      if (error !== NEED_MORE) throw error
      await reader.refill()
    }
  }
}

/** In a function of its own, which V8 compiles: a loop that is entered once runs interpreted to its end. */
function someSteps(reader: ByteReader, step: (reader: ByteReader) => boolean): boolean {
  for (let left = 100; left > 0; left--) {
    if (step(reader)) return true
    reader.mark()
  }
  return false
}

/** The first window holds the whole pickle of nearly every checkpoint, and costs a hard disk no more than one byte does. */
const FIRST_WINDOW = 64 * 1024

/** Twice what is needed, for lines whose end is not known; beyond this, that would be memory for nothing. */
const MOST_AHEAD = 16 * 1024 * 1024

const DAMAGED = damagedAdvice('data')

export class ByteReader {
  /** Where the cursor is, in bytes from the start of the source. */
  position: number
  readonly source: ByteSource
  readonly #limit: number
  readonly #beyond: (() => Error) | undefined
  #bytes = new Uint8Array(0)
  #view = new DataView(this.#bytes.buffer)
  /** Where the window lies in the source. */
  #start: number
  #itemStart: number
  #missing = 0

  constructor(source: ByteSource, offset: number, limit: number, beyond?: () => Error) {
    this.#beyond = beyond
    this.source = source
    this.position = offset
    this.#start = offset
    this.#itemStart = offset
    this.#limit = Math.min(source.size, offset + limit)
  }

  /** Notes that an item begins here: bytes before it are no longer needed. */
  mark(): void {
    this.#itemStart = this.position
  }

  /** Moves the window so that it begins at the current item and holds at least what was missing. */
  async refill(): Promise<void> {
    const begin = this.#itemStart
    const needed = this.position + this.#missing - begin
    const wanted = Math.max(FIRST_WINDOW, needed + Math.min(needed, MOST_AHEAD))
    const end = Math.min(this.#limit, begin + wanted)
    if (end < this.position + this.#missing) this.#failAtEnd()
    const kept = this.#bytes.subarray(begin - this.#start)
    const bytes = new Uint8Array(end - begin)
    bytes.set(kept.subarray(0, bytes.length))
    await this.source.read(begin + kept.length, bytes.subarray(kept.length))
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer)
    this.#start = begin
    this.position = begin
  }

  #failAtEnd(): never {
    const ended = this.#limit === this.source.size
    const missing = this.position + this.#missing - this.source.size
    this.position = this.#itemStart
    throw ended
      ? this.fail(
          `the file is cut short: it ends in the middle of an item (byte ${this.source.size}); at least ${missing} more bytes are missing.`,
          'The file is cut short or damaged: download or copy it again and compare its size.',
        )
      : (this.#beyond?.() ??
          this.fail(`the item reaches past the limit of ${this.#limit} bytes for data of this kind.`))
  }

  /** A FormatError at the current item, with the bytes around it. */
  fail(problem: string, advice = DAMAGED): FormatError {
    const at = this.#itemStart
    return new FormatError(
      { source: this.source.name, offset: at },
      problem,
      advice,
      excerpt(this.#bytes, this.#start, at),
    )
  }

  /** Steps over `length` bytes and says at which index of the window they begin. */
  #take(length: number): number {
    const index = this.position - this.#start
    if (!(length <= this.#bytes.length - index)) {
      this.#missing = length
      throw NEED_MORE
    }
    this.position += length
    return index
  }

  u8(): number {
    // Of all that is read, most is single bytes.
    const byte = this.#bytes[this.position - this.#start]
    if (byte === undefined) return this.#bytes[this.#take(1)]!
    this.position++
    return byte
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2), true)
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), true)
  }

  i32(): number {
    return this.#view.getInt32(this.#take(4), true)
  }

  /** As a number: exact up to 2^53, and larger than any file beyond that, which is all that a length needs. */
  u64(): number {
    return Number(this.#view.getBigUint64(this.#take(8), true))
  }

  f64BigEndian(): number {
    return this.#view.getFloat64(this.#take(8), false)
  }

  /** The next bytes, as a view that is valid until the next item. */
  bytes(length: number): Uint8Array {
    const index = this.#take(length)
    return this.#bytes.subarray(index, index + length)
  }

  /**
   * The bytes up to the next line feed, which is stepped over.
   * @param beyond what is thrown when there are more than `most`
   */
  line(most = Number.POSITIVE_INFINITY, beyond?: () => Error): Uint8Array {
    const index = this.position - this.#start
    const end = this.#bytes.indexOf(0x0a, index)
    const length = (end < 0 ? this.#bytes.length : end) - index
    if (length > most)
      throw beyond?.() ?? this.fail(`expected a line of up to ${most} bytes, found a longer one.`)
    if (end < 0) this.#take(length + 1)
    return this.bytes(end - index + 1).subarray(0, -1)
  }
}
