/**
 * Reading from far away: what was announced is fetched ahead in batches, a batch's neighbours joined into one request; what
 * was not announced is fetched when it is asked for, with some bytes around it. Memory holds two batches, whatever the file.
 */

/** Bytes `start` to `end` (exclusive) of the file. */
export interface Range {
  readonly start: number
  readonly end: number
}

export type FetchRange = (range: Range) => Promise<Uint8Array>

export interface ReadAheadOptions {
  /** What is fetched ahead at a time, in bytes; two such batches are held. */
  readonly batch: number
  /** The most that one request asks for: several of them share the way. */
  readonly request: number
  /** Ranges that lie no further apart are fetched together: a few bytes too many cost less than another request. */
  readonly gap: number
  /** How much is fetched for a read that was not announced: headers and directories are read piece by piece. */
  readonly window: number
}

export const DEFAULTS: ReadAheadOptions = {
  batch: 8 * 1024 * 1024,
  request: 4 * 1024 * 1024,
  gap: 32 * 1024,
  window: 128 * 1024,
}

/** Windows that are kept: the head, the end, the directory and the pickle of a file, and some to spare. */
const MAX_WINDOWS = 8

/** Ranges in the order of the file; those that overlap or lie close together as one, unless it becomes too large. */
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

const holding =
  (at: number) =>
  ({ start, end }: Range): boolean =>
    start <= at && at < end

/** A range, and its bytes once they were asked for. */
class Segment implements Range {
  readonly start: number
  readonly end: number
  #bytes: Promise<Uint8Array> | undefined

  constructor({ start, end }: Range) {
    this.start = start
    this.end = end
  }

  fetch(fetchRange: FetchRange): Promise<Uint8Array> {
    if (this.#bytes) return this.#bytes
    this.#bytes = fetchRange(this)
    // Whoever reads these bytes is told; nobody may ever read them.
    this.#bytes.catch(() => {})
    return this.#bytes
  }
}

type Batch = readonly Segment[]

export class ReadAhead {
  readonly #size: number
  readonly #fetch: FetchRange
  readonly #options: ReadAheadOptions
  #announced: Range[] = []
  /** Batches in the order in which they will be read: the first two are on their way or here. */
  #started: Batch[] = []
  #waiting: Batch[] = []
  #windows: Segment[] = []
  #planned = 0

  constructor(size: number, fetch: FetchRange, options: ReadAheadOptions = DEFAULTS) {
    this.#size = size
    this.#fetch = fetch
    this.#options = options
  }

  /** Bytes of all that was fetched, is being fetched, or is announced. */
  get planned(): number {
    return this.#planned + this.#announced.reduce((sum, { start, end }) => sum + end - start, 0)
  }

  /** Takes bytes that came with something else. */
  keep(range: Range, bytes: Uint8Array): void {
    this.#remember(range, async () => bytes)
  }

  /** A range that will be read before long; ranges are read in the order in which they are announced. */
  expect(offset: number, length: number): void {
    const end = Math.min(this.#size, offset + length)
    const known = [...this.#batches().flat(), ...this.#announced].some(holding(offset))
    if (length <= 0 || known) return
    // Cut where a request ends: a tensor may be larger than all that is held.
    for (let start = offset; start < end; start += this.#options.request)
      this.#announced.push({ start, end: Math.min(end, start + this.#options.request) })
  }

  async read(offset: number, into: Uint8Array): Promise<void> {
    this.#plan()
    let done = 0
    while (done < into.length) {
      const at = offset + done
      const segment = this.#find(at) ?? this.#openWindow(at, into.length - done)
      const bytes = await segment.fetch(this.#fetch)
      const part = bytes.subarray(at - segment.start, at - segment.start + into.length - done)
      into.set(part, done)
      done += part.length
    }
  }

  /** Turns what was announced into batches. */
  #plan(): void {
    const { batch, gap, request } = this.#options
    let ranges: Range[] = []
    let bytes = 0
    const close = (): void => {
      const segments = joinRanges(ranges, gap, request).map(range => new Segment(range))
      if (segments.length > 0) this.#waiting.push(segments)
      for (const { start, end } of segments) this.#planned += end - start
      ranges = []
      bytes = 0
    }
    for (const range of this.#announced) {
      if (bytes + range.end - range.start > batch) close()
      ranges.push(range)
      bytes += range.end - range.start
    }
    close()
    this.#announced = []
  }

  /** The segment that holds a byte. When it belongs to another batch than the last one did, the plan moves on. */
  #find(at: number): Segment | undefined {
    for (const batch of this.#batches()) {
      const found = batch.find(holding(at))
      if (!found) continue
      if (batch !== this.#started[0]) this.#moveTo(batch)
      return found
    }
    return this.#windows.find(holding(at))
  }

  #batches(): readonly Batch[] {
    return [...this.#started, ...this.#waiting]
  }

  #moveTo(batch: Batch): void {
    this.#waiting = this.#waiting.filter(other => other !== batch)
    // The batch that was read last is given up; the one that was to come next stays, if it is not this one.
    const next = this.#started.slice(1).find(other => other !== batch) ?? this.#waiting.shift()
    this.#started = next ? [batch, next] : [batch]
    for (const started of this.#started) for (const segment of started) void segment.fetch(this.#fetch)
  }

  /** A segment for bytes that nobody announced. */
  #openWindow(at: number, length: number): Segment {
    const { window, request } = this.#options
    const known = [...this.#batches(), this.#windows].flat()
    const next = Math.min(this.#size, ...known.map(({ start }) => start).filter(start => start > at))
    const end = Math.min(next, at + Math.min(request, Math.max(window, length)))
    // At the end of a file, the bytes before these are asked for next: a zip archive is read backwards.
    const start = end === this.#size ? Math.min(at, Math.max(0, end - window)) : at
    this.#planned += end - start
    return this.#remember({ start, end }, this.#fetch)
  }

  #remember(range: Range, fetch: FetchRange): Segment {
    const segment = new Segment(range)
    void segment.fetch(fetch)
    // Large reads are not repeated, and would push out what is.
    if (range.end - range.start <= this.#options.window)
      this.#windows = [...this.#windows.slice(1 - MAX_WINDOWS), segment]
    return segment
  }
}
