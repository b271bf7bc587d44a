/** Guards that the target is the old file, the whole new one, or absent: through signals, a full disk, and company. */
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runBinary } from '../helpers/cli.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

const SWAV = new URL('../../fixtures/checkpoints/swav_released.pth.tar', import.meta.url).pathname
const BINARY = new URL('../../bin/selfsup2mmdet.js', import.meta.url).pathname
const folder = temporaryFolder()
let whole: Buffer

beforeAll(() => {
  const path = join(folder, 'whole.pth')
  runBinary([SWAV, path])
  whole = readFileSync(path)
  rmSync(path)
})

interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

function start(target: string): { readonly ended: Promise<Ended>; kill(signal: NodeJS.Signals): void } {
  const child = spawn(process.execPath, [BINARY, '-q', SWAV, target])
  const ended = new Promise<Ended>(resolve => child.on('exit', (code, signal) => resolve({ code, signal })))
  return { ended, kill: signal => void child.kill(signal) }
}

describe.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)('%s at any time', signal => {
  test('leaves the old file or the new one, and nothing else', async () => {
    const where = join(folder, signal)
    mkdirSync(where)
    const target = join(where, 'out.pth')
    let killed = 0
    for (let run = 0; run < 12; run++) {
      writeFileSync(target, 'old')
      const { ended, kill } = start(target)
      setTimeout(() => kill(signal), 40 + 25 * run)
      const how = await ended
      if (how.signal === signal) killed++
      else expect(how).toEqual({ code: 0, signal: null })
      const left = readFileSync(target)
      expect(left.equals(whole) || left.toString() === 'old').toBe(true)
      const others = readdirSync(where).filter(name => name !== 'out.pth')
      // Nobody can tidy up after SIGKILL; what stays says what it is.
      if (signal === 'SIGKILL') {
        for (const name of others) {
          expect(name).toMatch(/^\.out\.pth\..*\.selfsup2mmdet-tmp$/)
          rmSync(join(where, name))
        }
      } else expect(others).toEqual([])
    }
    expect(killed).toBeGreaterThan(0)
  })
})

test('two conversions to one target end in a whole file', async () => {
  const target = join(folder, 'both.pth')
  const runs = [start(target), start(target), start(target)]
  expect(await Promise.all(runs.map(run => run.ended))).toEqual(Array(3).fill({ code: 0, signal: null }))
  expect(readFileSync(target).equals(whole)).toBe(true)
  expect(readdirSync(folder).filter(name => name.includes('both'))).toEqual(['both.pth'])
})

const disk = join(folder, 'disk')
mkdirSync(disk)
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=20m', 'none', disk]).status === 0
if (!mounted) console.warn('SKIPPED: no small disk can be mounted here; the test of a full disk is left out.')
afterAll(() => {
  if (mounted) execFileSync('umount', [disk])
})

test.skipIf(!mounted)('a full disk is told, and leaves the old file and nothing else', () => {
  writeFileSync(join(disk, 'out.pth'), 'old')
  const ran = runBinary([SWAV, join(disk, 'out.pth')])
  expect(ran.code).toBe(5)
  expect(ran.err).toContain('The disk is full')
  expect(ran.out).toBe('')
  expect(readdirSync(disk)).toEqual(['out.pth'])
  expect(readFileSync(join(disk, 'out.pth'), 'utf8')).toBe('old')
})
