/** Random numbers that are the same in every run. */

/** Integers from 0 up to, not including, the given one (mulberry32). */
export function randomIntegers(seed: number): (below: number) => number {
  let state = seed
  return below => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}

export function randomBytes(seed: number, length: number): Uint8Array {
  const next = randomIntegers(seed)
  return Uint8Array.from({ length }, () => next(256))
}
