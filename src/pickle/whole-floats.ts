/** Which numbers are floats that are whole: `2.0` is `2` here, and in Python nothing that a size could be. */
export class WholeFloats {
  readonly #places = new Set<number>()
  readonly #kept = new Set<number>()
  #most = 0
  /** Whether there was one yet: nothing else needs to be asked as long as there was none. */
  any = false

  /** @returns whether it takes more memory than before */
  add(place: number): boolean {
    this.any = true
    this.#places.add(place)
    if (this.#places.size <= this.#most) return false
    this.#most = this.#places.size
    return true
  }

  /** Something else is put there. */
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

  /** What is at a place goes into the memo. @returns whether it takes memory here */
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
