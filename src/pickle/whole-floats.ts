/** Tracks which numbers are floats with integer values: `2.0` is `2` here, but in Python cannot be a size. */
export class WholeFloats {
  readonly #places = new Set<number>()
  readonly #kept = new Set<number>()
  #most = 0
  /** Whether there was one so far; if not, nothing else needs to be checked. */
  any = false

  /** @returns whether it takes more memory than before */
  add(place: number): boolean {
    this.any = true
    this.#places.add(place)
    if (this.#places.size <= this.#most) return false
    this.#most = this.#places.size
    return true
  }

  /** The place gets another value. */
  forget(place: number): void {
    this.#places.delete(place)
  }

  isAt(place: number): boolean {
    return this.#places.has(place)
  }

  areWithin(start: number, count: number): boolean {
    for (let place = start; place < start + count; place++) if (this.#places.has(place)) return true
    return false
  }

  /** Stores what is known about a place for the memo. @returns whether that takes memory */
  keep(key: number, place: number): boolean {
    if (!this.isAt(place)) {
      this.#kept.delete(key)
      return false
    }
    this.#kept.add(key)
    return true
  }

  isKept(key: number): boolean {
    return this.#kept.has(key)
  }
}
