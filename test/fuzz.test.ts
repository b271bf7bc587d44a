/**
 * Guards that whatever the bytes are, the outcome is a result or a typed error, in bounded time. A short part with a fixed seed;
 * `npm run fuzz -- --seconds N --seed S` goes on, and saves what it finds in bench/data.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import {
  ARCHITECTURES,
  byteLength,
  type Checkpoint,
  decide,
  METHODS,
  memorySource,
  openCheckpoint,
  ToolError,
} from '../src/index.ts'
import { mutate, mutatePickle, pickleOf } from './helpers/mutate.ts'
import { randomIntegers } from './helpers/random.ts'

const SECONDS = Number(process.env.FUZZ_SECONDS ?? 0)
const SEED = Number(process.env.FUZZ_SEED ?? 1)
const CASES = SECONDS > 0 ? Number.POSITIVE_INFINITY : 4000
const SLOW = 2000
const FOUND = 'bench/data/fuzz'

const folders = ['fixtures/torch', 'fixtures/formats', 'fixtures/invalid']
const seeds = folders
  .flatMap(folder => readdirSync(folder).map(name => `${folder}/${name}`))
  .map(path => new Uint8Array(readFileSync(path)))
  .filter(bytes => bytes.length < 20_000)
const pickles = seeds.flatMap(bytes => pickleOf(bytes) ?? [])

/** More than any fixture has; a shape of 10^12 expanded elements is a result, and would take a while to copy. */
const COPIED = 1024 * 1024

async function use(checkpoint: Checkpoint): Promise<void> {
  let left = COPIED
  for (const state of checkpoint.sections.values())
    for (const tensor of state.values()) {
      const size = byteLength(tensor)
      if (tensor.unreadable !== undefined || !(size <= left)) continue
      let copied = 0
      await tensor.copyTo(async chunk => {
        copied += chunk.length
      })
      expect(copied).toBe(size)
      left -= size
    }
  decide(checkpoint, METHODS, ARCHITECTURES)
}

async function outcome(bytes: Uint8Array): Promise<unknown> {
  try {
    const checkpoint = await openCheckpoint(memorySource(bytes, 'fuzzed'))
    await use(checkpoint)
    await checkpoint.close()
    return undefined
  } catch (error) {
    return error instanceof ToolError ? undefined : error
  }
}

/** The shortest file, by cutting pieces out, that ends as badly. */
async function shrink(bytes: Uint8Array): Promise<Uint8Array> {
  let best = bytes
  for (let size = best.length >> 1; size > 0; size >>= 1)
    for (let at = 0; at + size <= best.length; at += size) {
      const smaller = new Uint8Array(Buffer.concat([best.subarray(0, at), best.subarray(at + size)]))
      if ((await outcome(smaller)) !== undefined) best = smaller
    }
  return best
}

async function save(bytes: Uint8Array, number: number, problem: unknown): Promise<string> {
  mkdirSync(FOUND, { recursive: true })
  const path = `${FOUND}/${SEED}-${number}`
  writeFileSync(path, await shrink(bytes))
  return `case ${number}, saved in ${path}: ${problem instanceof Error ? problem.stack : problem}`
}

test(
  'every case ends in a result or a typed error',
  async () => {
    const roll = randomIntegers(SEED)
    const end = Date.now() + SECONDS * 1000
    const found: string[] = []
    let number = 0
    for (; number < CASES && (SECONDS === 0 || Date.now() < end); number++) {
      const bytes =
        roll(2) === 0
          ? mutate(seeds[roll(seeds.length)]!, roll, seeds)
          : mutatePickle(pickles[roll(pickles.length)]!, roll, pickles)
      const start = performance.now()
      const problem = await outcome(bytes)
      const time = performance.now() - start
      if (problem !== undefined) found.push(await save(bytes, number, problem))
      // With a budget of time only: a machine that is busy with other tests is no finding.
      else if (SECONDS > 0 && time > SLOW)
        found.push(await save(bytes, number, `it took ${Math.round(time)} ms`))
    }
    if (SECONDS > 0) console.log(`${number} cases, ${found.length} findings`)
    expect(found).toEqual([])
  },
  (SECONDS + 120) * 1000,
)
