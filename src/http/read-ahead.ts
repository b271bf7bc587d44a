/**
 * Reads remote files: announced ranges are fetched ahead in batches, with neighbours joined into one request; others are
 * fetched on demand, with some surrounding bytes. At most two batches are in memory.
 */
import { joinRanges, type Range, rangeAt } from './ranges.ts'

/** Fills `into` with the bytes of a range of the same length. */
export type FetchRange = (range: Range, into: Uint8Array) => Promise<void>

export interface ReadAheadOptions {
  /** The size of a batch that is fetched ahead, in bytes; two are in memory. */
  readonly batch: number
  /** The largest request: several of them run in parallel. */
  readonly request: number
  /** Ranges closer than this are requested together: a few extra bytes cost less than another request. */
  readonly gap: number
  /** How much is fetched for an unannounced read: headers and directories are read piece by piece. */
  readonly window: number
}

export const DEFAULTS: ReadAheadOptions = {
  batch: 8 * 1024 * 1024,
  request: 4 * 1024 * 1024,
  gap: 32 * 1024,
  window: 128 * 1024,
}

/** The number of windows kept: start, end, directory and pickle of a file, and some more. */
const MAX_WINDOWS = 8

/** A range whose bytes are in memory, or being fetched. */
interface Segment extends Range {
  readonly bytes: Uint8Array
  readonly arrival: Promise<void>
}

/** Ranges that will be read at about the same time. */
interface Batch {
  readonly ranges: readonly Range[]
  /** Once started: its segments, and their shared memory. */
  segments: readonly Segment[]
  memory: Uint8Array | undefined
  /** Reads and requests that use the memory. */
  users: number
}

export class ReadAhead {
  readonly #size: number
  readonly #fetch: FetchRange
  readonly #options: ReadAheadOptions
  #announced: Range[] = []
  /** The start of announced ranges: a tensor announces itself again when it is read. */
  readonly #starts = new Set<number>()
  /** In reading order: the first two have been started. */
  #batches: Batch[] = []
  #windows: Segment[] = []
  /** The memory of a finished batch, reused by the next: the garbage collector would be slow to free large arrays. */
  #spare: Uint8Array | undefined
  #planned = 0

  constructor(size: number, fetch: FetchRange, options: ReadAheadOptions = DEFAULTS) {
    this.#size = size
    this.#fetch = fetch
    this.#options = options
  }

  /** All bytes that were fetched, are being fetched, or are announced. */
  get planned(): number {
    return this.#planned
  }

  /** Stores bytes that came with another request. */
  keep(start: number, bytes: Uint8Array): void {
    this.#planned += bytes.length
    this.#windows.push({ start, end: start + bytes.length, bytes, arrival: Promise.resolve() })
  }

  /** Announces a range that will be read soon; ranges are read in the order in which they are announced. */
  expect(offset: number, length: number): void {
    const end = Math.min(this.#size, offset + length)
    if (length <= 0 || this.#starts.has(offset) || this.#batchAt(offset)) return
    this.#starts.add(offset)
    // Cut at the end of a request: a tensor may exceed the memory limit.
    for (let start = offset; start < end; start += this.#options.request)
      this.#announced.push({ start, end: Math.min(end, start + this.#options.request) })
  }

  async read(offset: number, into: Uint8Array): Promise<void> {
    this.#plan()
    let done = 0
    while (done < into.length) done += await this.#readSome(offset + done, into.subarray(done))
  }

  /** @returns how many consecutive bytes were available */
  async #readSome(at: number, into: Uint8Array): Promise<number> {
    const batch = this.#batchAt(at)
    if (!batch) return copy(rangeAt(this.#windows, at) ?? this.#openWindow(at, into.length), at, into)
    this.#moveTo(batch)
    batch.users++
    try {
      return await copy(rangeAt(batch.segments, at)!, at, into)
    } finally {
      batch.users--
    }
  }

  /** Forms batches from announced ranges. */
  #plan(): void {
    const { batch, gap, request } = this.#options
    let ranges: Range[] = []
    let bytes = 0
    const close = (): void => {
      const joined = joinRanges(ranges, gap, request)
      if (joined.length > 0) this.#batches.push({ ranges: joined, segments: [], memory: undefined, users: 0 })
      this.#planned += total(joined)
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
    this.#starts.clear()
  }

  #batchAt(at: number): Batch | undefined {
    return this.#batches.find(({ ranges }) => rangeAt(ranges, at))
  }

  /** Moves to the batch being read: releases the previous one, and starts the next. */
  #moveTo(batch: Batch): void {
    const before = this.#batches[0]
    if (before !== batch) {
      const isDone = before !== undefined && before.segments.length > 0
      if (isDone && before.users === 0) this.#spare = before.memory
      this.#batches = [
        batch,
        ...this.#batches.filter(other => other !== batch && !(isDone && other === before)),
      ]
    }
    for (const next of this.#batches.slice(0, 2)) if (next.segments.length === 0) this.#begin(next)
  }

  #begin(batch: Batch): void {
    const size = total(batch.ranges)
    const spare = this.#spare && this.#spare.length >= size ? this.#spare : undefined
    if (spare) this.#spare = undefined
    const memory = spare ?? new Uint8Array(Math.max(size, this.#options.batch + this.#options.batch / 8))
    batch.memory = memory
    let used = 0
    batch.segments = batch.ranges.map(range => {
      const length = range.end - range.start
      used += length
      batch.users++
      const segment = this.#start(range, memory.subarray(used - length, used))
      const done = (): void => {
        batch.users--
      }
      segment.arrival.then(done, done)
      return segment
    })
  }

  #start(range: Range, bytes: Uint8Array): Segment {
    const arrival = this.#fetch(range, bytes)
    // Readers of these bytes get the error; there may be none.
    arrival.catch(() => {})
    return { ...range, bytes, arrival }
  }

  /** The start of the next bytes that are in memory or will be fetched anyway. */
  #nextStart(at: number): number {
    let next = this.#size
    for (const ranges of [...this.#batches.map(({ ranges }) => ranges), this.#windows])
      for (const { start } of ranges) if (start > at && start < next) next = start
    return next
  }

  /** A segment for unannounced bytes. */
  #openWindow(at: number, length: number): Segment {
    const { window, request } = this.#options
    const end = Math.min(this.#nextStart(at), at + Math.min(request, Math.max(window, length)))
    // At the end of a file, earlier bytes are read next: zip archives are read backwards.
    const start = end === this.#size ? Math.min(at, Math.max(0, end - window)) : at
    this.#planned += end - start
    const segment = this.#start({ start, end }, new Uint8Array(end - start))
    // Large reads are not repeated, and would replace smaller ones that are.
    if (end - start <= window) this.#windows = [...this.#windows.slice(1 - MAX_WINDOWS), segment]
    return segment
  }
}

function total(ranges: readonly Range[]): number {
  return ranges.reduce((sum, { start, end }) => sum + end - start, 0)
}

/** Copies bytes of a segment from `at` on, once they have arrived. */
async function copy({ start, bytes, arrival }: Segment, at: number, into: Uint8Array): Promise<number> {
  await arrival
  const part = bytes.subarray(at - start, at - start + into.length)
  into.set(part)
  return part.length
}
