/** "Did you mean": the closest of some names by edit distance. */

/**
 * The closest name, by letters to insert, delete, replace, or swap with the next one.
 * @param most the number of such changes; by default, a third of the letters
 * @returns undefined if none is close, or the name has fewer than three letters
 */
export function nearest(
  name: string,
  candidates: Iterable<string>,
  most = Math.floor(name.length / 3),
): string | undefined {
  // With two letters, any other two are close.
  if (name.length < 3) return undefined
  let best: string | undefined
  let bestDistance = most + 1
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - name.length) >= bestDistance) continue
    const distance = editDistance(name, candidate, bestDistance)
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance]
  }
  return best
}

/** Stops at `limit`. Keeps three rows of the usual table, because a swap looks back two. */
function editDistance(a: string, b: string, limit: number): number {
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, replaced, swapped ? before[j - 2]! + 1 : limit)
    }
    if (Math.min(...next, ...row) >= limit) return limit
    before = row
    row = next
  }
  return row[b.length]!
}
