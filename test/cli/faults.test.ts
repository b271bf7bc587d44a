/** The target is the old file, the complete new one, or absent: under signals, on a full disk, and with concurrent runs. */
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { memorySink } from '../../src/bytes/sink.ts'
import { writeTorchZip } from '../../src/formats/torch/write-zip.ts'
import { runBinary } from '../helpers/cli.ts'
import { writeSmall } from '../helpers/small.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

const BINARY = join(import.meta.dirname, '../../bin/selfsup2mmdet.js')
const folder = temporaryFolder()
const SMALL = writeSmall(folder)
const OTHER = writeSmall(folder, 'openmmlab')
/** An earlier output of ours, which may be replaced; small, because it is written repeatedly. */
const sink = memorySink()
await writeTorchZip(new Map(), { selfsup2mmdet: '0.0.0' }, sink)
const OLD = Buffer.from(sink.bytes())
let whole: Buffer

beforeAll(() => {
  const path = join(folder, 'whole.pth')
  runBinary([SMALL, path])
  whole = readFileSync(path)
  rmSync(path)
})

interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

function start(
  target: string,
  input = SMALL,
): { readonly ended: Promise<Ended>; kill(signal: NodeJS.Signals): void } {
  const child = spawn(process.execPath, [BINARY, '-q', input, target])
  const ended = new Promise<Ended>(resolve => child.on('exit', (code, signal) => resolve({ code, signal })))
  return { ended, kill: signal => void child.kill(signal) }
}

/** For each signal; 170 makes five hundred in total. */
const KILLS = Number(process.env.KILLS ?? 12)

interface Counts {
  killed: number
  whole: number
  old: number
  scratch: number
}

/** Nothing can clean up after SIGKILL. The file's name says what it is, and the next run reports it and does not touch it. */
function checkScratchFiles(where: string, target: string, names: readonly string[], counts: Counts): void {
  for (const name of names) {
    expect(name).toMatch(/^\.out\.pth\..*\.selfsup2mmdet-tmp$/)
    const path = join(where, name)
    if (counts.scratch++ === 0)
      expect(runBinary([SMALL, target]).err).toContain(`${path} was left behind by a run`)
    rmSync(path)
  }
}

async function killOne(where: string, signal: NodeJS.Signals, after: number, counts: Counts): Promise<void> {
  const target = join(where, 'out.pth')
  writeFileSync(target, OLD)
  const { ended, kill } = start(target)
  setTimeout(() => kill(signal), after)
  const how = await ended
  if (how.signal === signal) counts.killed++
  else expect(how).toEqual({ code: 0, signal: null })
  const left = readFileSync(target)
  counts[left.equals(whole) ? 'whole' : 'old']++
  expect(left.equals(whole) || left.equals(OLD)).toBe(true)
  const others = readdirSync(where).filter(name => name !== 'out.pth')
  if (signal === 'SIGKILL') checkScratchFiles(where, target, others, counts)
  else expect(others).toEqual([])
}

/** How long an undisturbed conversion takes, in milliseconds. */
async function unhindered(where: string): Promise<number> {
  const begun = performance.now()
  await start(join(where, 'out.pth')).ended
  return performance.now() - begun
}

describe.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)('%s at any time', signal => {
  const limit = 20_000 + 10_000 * KILLS
  test('leaves the old file or the new one, and nothing else', { timeout: limit }, async () => {
    const where = join(folder, signal)
    mkdirSync(where)
    const counts: Counts = { killed: 0, whole: 0, old: 0, scratch: 0 }
    const length = await unhindered(where)
    // From the start of Node to after the end, in steps that hit different moments in each round.
    for (let run = 0; run < KILLS; run++)
      await killOne(where, signal, length * (0.15 + ((0.089 * run) % 1.1)), counts)
    expect(counts.killed).toBeGreaterThan(0)
    if (process.env.KILLS) console.log(signal, { runs: KILLS, ...counts })
  })
})

test('conversions to one target at the same time leave one complete file', async () => {
  const target = join(folder, 'both.pth')
  const runs = [start(target), start(target), start(target)]
  expect(await Promise.all(runs.map(run => run.ended))).toEqual(Array(3).fill({ code: 0, signal: null }))
  expect(readFileSync(target).equals(whole)).toBe(true)
  expect(readdirSync(folder).filter(name => name.includes('both'))).toEqual(['both.pth'])
})

test('sixteen conversions to separate targets', async () => {
  const where = join(folder, 'sixteen')
  mkdirSync(where)
  const targets = Array.from({ length: 16 }, (_, index) => join(where, `${index}.pth`))
  const ended = await Promise.all(targets.map(target => start(target).ended))
  expect(ended).toEqual(Array(16).fill({ code: 0, signal: null }))
  for (const target of targets) expect(readFileSync(target).equals(whole), target).toBe(true)
  expect(readdirSync(where)).toHaveLength(16)
})

test('two checkpoints converted to one target leave one of the two', async () => {
  const target = join(folder, 'either.pth')
  const other = join(folder, 'other.pth')
  runBinary([OTHER, other])
  const possible = [whole, readFileSync(other)]
  for (let run = 0; run < 5; run++) {
    expect(await Promise.all([start(target, SMALL).ended, start(target, OTHER).ended])).toEqual(
      Array(2).fill({ code: 0, signal: null }),
    )
    const found = readFileSync(target)
    expect(possible.some(bytes => bytes.equals(found))).toBe(true)
  }
  expect(readdirSync(folder).filter(name => name.includes('either'))).toEqual(['either.pth'])
})

const disk = join(folder, 'disk')
mkdirSync(disk)
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=20m', 'none', disk]).status === 0
if (!mounted) console.warn('SKIPPED: no small disk can be mounted here; the test of a full disk is left out.')
afterAll(() => {
  if (mounted) execFileSync('umount', [disk])
})

describe.skipIf(!mounted)('a disk that is full', () => {
  /** Leaves this much space. */
  function fill(kilobytes: number): void {
    writeFileSync(join(disk, 'out.pth'), OLD)
    execFileSync('mount', ['-o', `remount,size=${kilobytes + 8}k`, disk])
  }

  // From the first write to the last: a page, some blocks, nearly all of the 13.5 MB.
  test.each([0, 4, 500, 1100, 4000, 9000, 13_000])(
    'is reported after %i kB, and the old file stays',
    kilobytes => {
      fill(kilobytes)
      const ran = runBinary([SMALL, join(disk, 'out.pth')])
      expect(ran).toMatchObject({ code: 5, out: '' })
      expect(ran.err).toContain('The disk is full')
      expect(readdirSync(disk)).toEqual(['out.pth'])
      expect(readFileSync(join(disk, 'out.pth')).equals(OLD)).toBe(true)
    },
  )

  test.each(['legacy', 'safetensors'])('is reported in %s too, and with a hash in the name', format => {
    fill(4000)
    rmSync(join(disk, 'out.pth'))
    const name = format === 'safetensors' ? 'out.safetensors' : 'out.pth'
    const ran = runBinary([SMALL, join(disk, name), '--format', format, '--publish'])
    expect(ran).toMatchObject({ code: 5, out: '' })
    expect(readdirSync(disk)).toEqual([])
  })

  test('with just enough space is enough', () => {
    fill(14_000)
    expect(runBinary([SMALL, join(disk, 'out.pth')])).toMatchObject({ code: 0 })
    expect(readFileSync(join(disk, 'out.pth')).equals(whole)).toBe(true)
  })
})
