/** A checked cursor: reads numbers and text from a source in order, and knows its position for messages. */
import { damagedAdvice, FormatError } from '../errors.ts'
import { excerpt } from './hex-dump.ts'
import type { ByteSource } from './source.ts'

/** Thrown (and always caught inside `readInOrder`) when the window of bytes in memory ends too early. */
const NEED_MORE = Symbol('need more bytes')

/**
 * Decodes items of a source from `offset` on, whose total length is unknown.
 * `step` decodes one item and returns whether it was the last. It must read all bytes of its item before it changes any
 * state: if the window of bytes ends inside an item, the step is run again with a larger window.
 * | @param limit the most bytes for all items
 * @returns the offset after the last item
 * @param beyond the error at the limit; by default a FormatError
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

/** A separate function, so that V8 compiles it: a loop that is only entered once stays in the interpreter. */
function someSteps(reader: ByteReader, step: (reader: ByteReader) => boolean): boolean {
  for (let left = 100; left > 0; left--) {
    if (step(reader)) return true
    reader.mark()
  }
  return false
}

/** The first window contains the whole pickle of nearly every checkpoint, and takes a hard disk no longer than one byte. */
const FIRST_WINDOW = 64 * 1024

/** Windows double in size, for lines of unknown length; beyond this, that would waste memory. */
const MOST_AHEAD = 16 * 1024 * 1024

const DAMAGED = damagedAdvice('data')

export class ByteReader {
  /** The cursor's position, in bytes from the start of the source. */
  position: number
  readonly source: ByteSource
  readonly #limit: number
  readonly #beyond: (() => Error) | undefined
  #bytes = new Uint8Array(0)
  #view = new DataView(this.#bytes.buffer)
  /** The window's position in the source. */
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

  /** Marks the start of an item: earlier bytes are no longer needed. */
  mark(): void {
    this.#itemStart = this.position
  }

  /** Moves the window to the start of the current item, and makes it large enough for the missing bytes. */
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

  /** Skips `length` bytes and returns their index in the window. */
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
    // Most reads are single bytes.
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

  /** As a number: exact up to 2^53, and larger than any file beyond that, which is enough for lengths. */
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
   * The bytes up to the next line feed, which is skipped.
   * @param beyond the error for more than `most` bytes
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
