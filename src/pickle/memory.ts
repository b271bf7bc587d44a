/**
 * Upper bounds for the memory of a pickle's values, measured in Node 20 and rounded up, so that no pickle exceeds the limit.
 * Popped values still count.
 */
import { beyondLimit } from './limits.ts'

/** In bytes. */
export const MEMORY = {
  /** A place in a growing array: half of the array is empty, and the previous one still exists. */
  slot: 40,
  /** A place in an array of the right length. */
  item: 16,
  /** A number that is not a small integer. */
  number: 16,
  text: 32,
  bytes: 208,
  tuple: 96,
  list: 208,
  /** A dict or set, with space for some entries. */
  map: 224,
  entriesOfNew: 4,
  entry: 128,
  object: 128,
} as const

/** Adds up the memory that is used. */
export class MemoryMeter {
  readonly #source: string
  readonly #most: number
  #taken = 0

  /** @param source the name of the pickle, for messages */
  constructor(source: string, most: number) {
    this.#source = source
    this.#most = most
  }

  /** @throws UnsupportedError when the total exceeds the limit */
  take(bytes: number): void {
    this.#taken += bytes
    if (this.#taken > this.#most)
      throw beyondLimit(this.#source, `the pickle takes more than ${this.#most} bytes of memory`)
  }
}
