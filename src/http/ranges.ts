/** Ranges of a file. */

/** Bytes `start` to `end` (exclusive). */
export interface Range {
  readonly start: number
  readonly end: number
}

/** The first of the ranges that contains a byte. */
export function rangeAt<T extends Range>(ranges: readonly T[], at: number): T | undefined {
  return ranges.find(({ start, end }) => start <= at && at < end)
}

/**
 * Ranges in the order of the file. Ranges that overlap or are at most `gap` bytes apart are merged, unless the result would
 * exceed `most` bytes.
 */
export function joinRanges(ranges: readonly Range[], gap: number, most: number): Range[] {
  const joined: Range[] = []
  for (const { start, end } of [...ranges].sort((a, b) => a.start - b.start)) {
    const last = joined.at(-1)
    if (last && start <= last.end + gap && end - last.start <= most)
      joined[joined.length - 1] = { start: last.start, end: Math.max(last.end, end) }
    else joined.push({ start, end })
  }
  return joined
}
