/** Reading ahead: the right bytes in any order, each fetched once, in bounded memory. */
import { describe, expect, test } from 'vitest'
import { joinRanges, type Range } from '../../src/http/ranges.ts'
import { type FetchRange, ReadAhead } from '../../src/http/read-ahead.ts'
import { randomBytes, randomIntegers } from '../helpers/random.ts'

const FILE = randomBytes(1, 100_000)
const OPTIONS = { batch: 8000, request: 3000, gap: 50, window: 1000 }

interface Watched {
  readonly ahead: ReadAhead
  readonly fetched: Range[]
  /** The most bytes in buffers that were handed out for filling at one time. */
  memory(): number
}

function watched(delay: (turn: number) => number = () => 0): Watched {
  const fetched: Range[] = []
  const buffers = new Map<ArrayBufferLike, number>()
  const fetch: FetchRange = async (range, into) => {
    fetched.push(range)
    buffers.set(into.buffer, into.buffer.byteLength)
    expect(into).toHaveLength(range.end - range.start)
    for (let turn = delay(fetched.length); turn > 0; turn--) await new Promise(setImmediate)
    into.set(FILE.subarray(range.start, range.end))
  }
  const memory = (): number => [...buffers.values()].reduce((sum, size) => sum + size, 0)
  return { ahead: new ReadAhead(FILE.length, fetch, OPTIONS), fetched, memory }
}

async function expectRead(ahead: ReadAhead, start: number, end: number): Promise<void> {
  const into = new Uint8Array(end - start)
  await ahead.read(start, into)
  expect(Buffer.compare(into, FILE.subarray(start, end))).toBe(0)
}

const total = (ranges: readonly Range[]): number =>
  ranges.reduce((sum, { start, end }) => sum + end - start, 0)

describe('ranges', () => {
  test('are joined if they touch, overlap, or are close together', () => {
    const ranges = [
      { start: 100, end: 200 },
      { start: 0, end: 50 },
      { start: 60, end: 90 },
      { start: 150, end: 160 },
      { start: 300, end: 400 },
    ]
    expect(joinRanges(ranges, 10, 1000)).toEqual([
      { start: 0, end: 200 },
      { start: 300, end: 400 },
    ])
    expect(joinRanges(ranges, 9, 1000)).toHaveLength(4)
    expect(joinRanges(ranges, 10, 100)).toEqual([
      { start: 0, end: 90 },
      { start: 100, end: 200 },
      { start: 300, end: 400 },
    ])
    expect(joinRanges([], 10, 10)).toEqual([])
  })
})

describe('announced ranges', () => {
  test('are fetched in batches, two at a time, with one request for neighbouring ranges', async () => {
    const { ahead, fetched } = watched()
    for (let at = 0; at < 30_000; at += 1000) ahead.expect(at, 990)
    expect(fetched).toEqual([])
    await expectRead(ahead, 0, 990)
    expect(fetched).toHaveLength(6)
    expect(fetched[0]).toEqual({ start: 0, end: 2990 })
    expect(total(fetched)).toBeLessThan(16_001)
    for (let at = 1000; at < 30_000; at += 1000) await expectRead(ahead, at, at + 990)
    expect(total(fetched)).toBe(ahead.planned)
    expect(ahead.planned).toBeLessThan(30_000)
  })

  test('may be larger than the whole buffer', async () => {
    const { ahead, fetched, memory } = watched()
    ahead.expect(10, 90_000)
    for (let at = 10; at < 90_010; at += 256) await expectRead(ahead, at, Math.min(at + 256, 90_010))
    expect(total(fetched)).toBe(90_000)
    expect(memory()).toBeLessThan(3 * 9001)
  })

  test('may be announced again, and in any order', async () => {
    const { ahead, fetched } = watched()
    const order = [50_000, 10_000, 90_000, 30_000, 20_000, 70_000]
    for (const at of order) ahead.expect(at, 2000)
    for (const at of order) {
      ahead.expect(at, 2000)
      await expectRead(ahead, at, at + 2000)
    }
    expect(total(fetched)).toBe(12_000)
  })

  test('end with the file', async () => {
    const { ahead, fetched } = watched()
    ahead.expect(99_990, 5000)
    await expectRead(ahead, 99_990, 100_000)
    expect(fetched).toEqual([{ start: 99_990, end: 100_000 }])
  })
})

test('an error reaches the readers of the range, and no others', async () => {
  const ahead = new ReadAhead(
    FILE.length,
    async ({ start }, into) => {
      if (start === 40_000) throw new Error('gone')
      into.set(FILE.subarray(start, start + into.length))
    },
    OPTIONS,
  )
  for (const at of [20_000, 40_000, 60_000]) ahead.expect(at, 500)
  await expectRead(ahead, 20_000, 20_500)
  await expect(expectRead(ahead, 40_000, 40_500)).rejects.toThrow('gone')
  await expectRead(ahead, 60_000, 60_500)
})

test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'random announcements and reads, some at the same time, give the right bytes: %d',
  async seed => {
    const next = randomIntegers(seed)
    const { ahead } = watched(() => next(4))
    let reading: Promise<void>[] = []
    for (let step = 0; step < 400; step++) {
      const start = next(FILE.length)
      const end = Math.min(FILE.length, start + next(next(10) === 0 ? 20_000 : 1500))
      if (next(2) === 0) ahead.expect(start, end - start)
      else reading.push(expectRead(ahead, start, end))
      if (reading.length === 1 + next(4)) {
        await Promise.all(reading)
        reading = []
      }
    }
    await Promise.all(reading)
  },
)

test('very many announcements, each made twice, take little time', async () => {
  const size = 2 ** 31
  const fetch: FetchRange = async (range, into) => void into.fill(range.start & 0xff)
  const ahead = new ReadAhead(size, fetch, OPTIONS)
  const starts = Array.from({ length: 50_000 }, (_, index) => 10_000 * index)
  for (const start of [...starts, ...starts]) ahead.expect(start, 10)
  const into = new Uint8Array(10)
  await ahead.read(0, into)
  // Each counts once. Comparing each with all others would take minutes and exceed the test's time limit.
  expect(ahead.planned).toBe(500_000)
}, 10_000)
