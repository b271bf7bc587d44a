/** The memo of a pickle: stored values, by number. */
import type { PickleValue } from './values.ts'

/** Picklers count from 0, so an array stores nearly all entries; other indexes are stored in a map. */
export class Memo {
  /** From 0 on, without gaps. */
  readonly #counted: PickleValue[] = []
  /** All other indexes. */
  readonly #others = new Map<number, PickleValue>()

  get size(): number {
    return this.#counted.length + this.#others.size
  }

  set(key: number, value: PickleValue): void {
    const { length } = this.#counted
    if (key > length) this.#others.set(key, value)
    else this.#counted[key] = value
    // An entry stored out of order is now replaced.
    if (key === length && this.#others.size > 0) this.#others.delete(key)
  }

  get(key: number): PickleValue | undefined {
    return key < this.#counted.length ? this.#counted[key] : this.#others.get(key)
  }
}
