/**
 * What the values of a pickle take in memory, at most: measured in Node 20, rounded up. With it, no pickle takes more
 * than the limit, whatever it is made of. Nothing is given back for what is popped off the stack.
 */
import { beyondLimit } from './limits.ts'

/** Bytes. */
export const MEMORY = {
  /** A place in an array that grows: half of it is empty, and the one before is still there. */
  slot: 40,
  /** A place in an array of the right length. */
  item: 16,
  /** A number that is not a small integer. */
  number: 16,
  text: 32,
  bytes: 208,
  tuple: 96,
  list: 208,
  /** A dict or a set, with room for some entries. */
  map: 224,
  entriesOfNew: 4,
  entry: 128,
  object: 128,
} as const

/** Adds up what is taken. */
export class MemoryMeter {
  readonly #source: string
  readonly #most: number
  #taken = 0

  /** @param source the name of the pickle, for messages */
  constructor(source: string, most: number) {
    this.#source = source
    this.#most = most
  }

  /** @throws UnsupportedError when it is more than the limit, all together */
  take(bytes: number): void {
    this.#taken += bytes
    if (this.#taken > this.#most)
      throw beyondLimit(this.#source, `the pickle takes more than ${this.#most} bytes of memory`)
  }
}
