/** Temporary files: the right bytes, enough space, and nothing left behind. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readBytes } from '../../src/bytes/source.ts'
import { spool } from '../../src/node/spool.ts'
import { randomBytes } from '../helpers/random.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

const folder = temporaryFolder()
const FILE = randomBytes(1, 300_000)

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

test('a stream can be read at any place, and is removed when it is closed', async () => {
  const told: number[] = []
  const file = await spool('stream', pieces(FILE, 70_000), { folder, onBytes: count => told.push(count) })
  expect(file).toMatchObject({ name: 'stream', size: FILE.length })
  expect(told).toEqual([70_000, 70_000, 70_000, 70_000, 20_000])
  expect(await readBytes(file, 123_456, 1000)).toEqual(FILE.slice(123_456, 124_456))
  expect(await readBytes(file, 0, FILE.length)).toEqual(FILE)
  // Where the system allows it, the file is unnamed from the start: even SIGKILL does not leave it behind.
  if (process.platform !== 'win32') expect(readdirSync(folder)).toEqual([])
  await file.close()
  expect(readdirSync(folder)).toEqual([])
})

test('a stream that fails leaves nothing behind, and its error is passed on', async () => {
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield FILE
    throw new Error('the line is dead')
  }
  await expect(spool('stream', failing(), { folder })).rejects.toThrow('the line is dead')
  expect(readdirSync(folder)).toEqual([])
})

test('a missing folder, or too little space, is reported before anything is read', async () => {
  let read = false
  async function* never(): AsyncGenerator<Uint8Array> {
    read = true
    yield FILE
  }
  await expect(spool('stream', never(), { folder: join(folder, 'none') })).rejects.toMatchObject({
    name: 'SystemError',
    code: 'ENOENT',
    advice: expect.stringContaining('TMPDIR'),
  })
  await expect(spool('stream', never(), { folder, length: 2 ** 60 })).rejects.toMatchObject({
    name: 'SystemError',
    code: 'ENOSPC',
    message: expect.stringMatching(/it has \d+ bytes, and .* has room for \d+ bytes/),
  })
  expect(read).toBe(false)
})

const disk = join(temporaryFolder(), 'disk')
mkdirSync(disk)
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=66m', 'none', disk]).status === 0
if (!mounted)
  console.warn('SKIPPED: no small disk can be mounted here; the test of an endless stream is left out.')
afterAll(() => {
  if (mounted) execFileSync('umount', [disk])
})

test.skipIf(!mounted)('an endless stream ends before the disk is full', async () => {
  let sent = 0
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (;;) {
      sent += FILE.length
      yield FILE
    }
  }
  await expect(spool('stream', endless(), { folder: disk })).rejects.toMatchObject({ code: 'ENOSPC' })
  expect(sent).toBeGreaterThan(1e6)
  expect(sent).toBeLessThan(4e6)
  expect(readdirSync(disk)).toEqual([])
})
