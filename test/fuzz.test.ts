/**
 * Guards that whatever the bytes are, the outcome is a result or a typed error, in bounded time and memory. A short part with a fixed seed;
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
import { type Dice, mutate, mutatePickle, pickleOf } from './helpers/mutate.ts'
import { mutateSafetensors, mutateTar, randomStream } from './helpers/mutate-containers.ts'
import { mutateZip, piecesOf } from './helpers/mutate-zip.ts'
import { randomIntegers } from './helpers/random.ts'

const SECONDS = Number(process.env.FUZZ_SECONDS ?? 0)
const SEED = Number(process.env.FUZZ_SEED ?? 1)
const CASES = SECONDS > 0 ? Number.POSITIVE_INFINITY : 4000
const SLOW = 2000
const LARGE = 200 * 1024 * 1024
const FOUND = 'bench/data/fuzz'

const folders = ['fixtures/torch', 'fixtures/formats', 'fixtures/invalid']
const read = (path: string): Uint8Array => new Uint8Array(readFileSync(path))
const paths = folders.flatMap(folder => readdirSync(folder).map(name => `${folder}/${name}`))
const named = (pattern: RegExp): readonly Uint8Array[] => paths.filter(path => pattern.test(path)).map(read)
const seeds = paths.map(read).filter(bytes => bytes.length < 20_000)
const pickles = seeds.flatMap(bytes => pickleOf(bytes) ?? [])
const archives = (await Promise.all(seeds.map(piecesOf))).flatMap(pieces => pieces ?? [])
const tables = named(/\.safetensors$/)
const tars = named(/\.tar$/)

const one = <T>(of: readonly T[], roll: Dice): T => of[roll(of.length)]!

/** Each as likely as the others: bytes anywhere, and the parts of each container under checksums that hold. */
const MAKERS: readonly ((roll: Dice) => Uint8Array)[] = [
  roll => mutate(one(seeds, roll), roll, seeds),
  roll => mutatePickle(one(pickles, roll), roll, pickles),
  roll => mutateZip(one(archives, roll), roll, seeds),
  roll => mutateZip(one(archives, roll), roll, seeds),
  roll => randomStream(roll),
  roll => mutateSafetensors(one(tables, roll), roll),
  roll => mutateTar(one(tars, roll), roll),
]

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

/** How far the process has grown beyond all that it ever was: what a case takes at most, or more. */
function memoryTaken(): () => number {
  const before = process.memoryUsage.rss()
  const most = process.resourceUsage().maxRSS
  return () => {
    const now = process.resourceUsage().maxRSS
    return now > most ? 1024 * now - before : 0
  }
}

test(
  'every case ends in a result or a typed error',
  async () => {
    const roll = randomIntegers(SEED)
    const end = Date.now() + SECONDS * 1000
    const found: string[] = []
    let number = 0
    for (; number < CASES && (SECONDS === 0 || Date.now() < end); number++) {
      const bytes = one(MAKERS, roll)(roll)
      const start = performance.now()
      const taken = memoryTaken()
      const problem = await outcome(bytes)
      const time = performance.now() - start
      if (taken() > LARGE) found.push(await save(bytes, number, `it took ${taken()} bytes of memory`))
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
