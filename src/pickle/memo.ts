/** The memo of a pickle: stored values, by number. */
import type { PickleValue } from './values.ts'

/** Picklers count from 0, so an array holds nearly all entries; larger indexes are kept in a map. */
export class Memo {
  /** Under 0 and up, without a gap. */
  readonly #counted: PickleValue[] = []
  /** Under all other numbers. */
  readonly #others = new Map<number, PickleValue>()

  get size(): number {
    return this.#counted.length + this.#others.size
  }

  set(key: number, value: PickleValue): void {
    const { length } = this.#counted
    if (key > length) this.#others.set(key, value)
    else this.#counted[key] = value
    // What was put here before its turn has now been replaced.
    if (key === length && this.#others.size > 0) this.#others.delete(key)
  }

  get(key: number): PickleValue | undefined {
    return key < this.#counted.length ? this.#counted[key] : this.#others.get(key)
  }
}
