/** Aborting: the promise is rejected with the signal's reason, and no file is left. */
import { spawnSync } from 'node:child_process'
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { blobSource } from '../../src/bytes/blob-source.ts'
import { memorySink } from '../../src/bytes/sink.ts'
import { memorySource } from '../../src/bytes/source.ts'
import { convertSource } from '../../src/explain/convert.ts'
import { convertFile } from '../../src/files/convert.ts'
import { openCheckpointFile } from '../../src/files/open.ts'
import { verifyFile } from '../../src/files/verify.ts'
import { openCheckpoint } from '../../src/formats/index.ts'
import { diffStates } from '../../src/tensor/diff.ts'
import { readTensor } from '../../src/tensor/read-tensor.ts'
import { serve } from '../helpers/http-server.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

const CHECKPOINTS = join(import.meta.dirname, '../../fixtures/checkpoints')
const MOCO = join(CHECKPOINTS, 'moco_v2.pth.tar')
const folder = temporaryFolder()
/** Any value may be a reason; this is not even an Error. */
const REASON = { why: 'enough' }

function scratchFiles(): string[] {
  return [folder, tmpdir()].flatMap(where =>
    readdirSync(where).filter(name => name.includes(`.${process.pid}-`) && name.includes('selfsup2mmdet')),
  )
}

test('aborted before the start, nothing happens', async () => {
  const signal = AbortSignal.abort(REASON)
  const output = join(folder, 'never.pth')
  await expect(convertFile(MOCO, output, { signal })).rejects.toBe(REASON)
  await expect(convertFile('nothing.pth', output, { signal })).rejects.toBe(REASON)
  await expect(verifyFile(MOCO, { signal })).rejects.toBe(REASON)
  await expect(openCheckpointFile(MOCO, { signal })).rejects.toBe(REASON)
  await expect(openCheckpoint(memorySource(readFileSync(MOCO), 'moco'), { signal })).rejects.toBe(REASON)
  expect(readdirSync(folder)).toEqual([])
})

test('a conversion ends in the middle of writing, also by a timeout', async () => {
  const controller = new AbortController()
  const output = join(folder, 'half.pth')
  let written = 0
  const running = convertFile(MOCO, output, {
    signal: controller.signal,
    onBytes(bytes) {
      written += bytes
      if (written > 10e6) controller.abort(REASON)
    },
  })
  await expect(running).rejects.toBe(REASON)
  expect(written).toBeLessThan(90e6)
  await expect(convertFile(MOCO, output, { signal: AbortSignal.timeout(60) })).rejects.toThrow(/timeout/)
  expect(readdirSync(folder)).toEqual([])
})

test('it can be aborted until the file appears', async () => {
  const controller = new AbortController()
  const output = join(folder, 'last.pth')
  let left = 94_000_000
  const running = convertFile(MOCO, output, {
    signal: controller.signal,
    onBytes(bytes) {
      left -= bytes
      if (left < 100_000) controller.abort(REASON)
    },
  })
  await expect(running).rejects.toBe(REASON)
  expect(scratchFiles()).toEqual([])
  expect(readdirSync(folder)).toEqual([])
})

test('reading ends, even for a local file, which never waits', async () => {
  const controller = new AbortController()
  const { checkpoint, close } = await openCheckpointFile(MOCO, { signal: controller.signal })
  const state = checkpoint.sections.get('state_dict')!
  const [first] = state.values()
  await readTensor(first!)
  setTimeout(() => controller.abort(REASON), 1)
  await expect(
    (async () => {
      for (;;) await diffStates(new Map(state), new Map(state))
    })(),
  ).rejects.toBe(REASON)
  await expect(readTensor(first!)).rejects.toBe(REASON)
  await close()
})

test('a conversion in memory ends, and its sink is empty', async () => {
  const controller = new AbortController()
  const sink = memorySink()
  const running = convertSource(blobSource(new Blob([readFileSync(MOCO)]), 'moco'), () => sink, {
    signal: controller.signal,
    onBytes: () => controller.abort(REASON),
  })
  await expect(running).rejects.toBe(REASON)
  expect(sink.position).toBe(0)
})

test('a compressed file, a hash and a request end: none is reported as damaged', async () => {
  const packed = join(import.meta.dirname, '../../fixtures/formats/compressed.pth.tar.gz')
  // It accepts requests, and never answers.
  const { url } = await serve(readFileSync(MOCO), { script: () => true })
  for (const [input, options] of [
    [packed, {}],
    [MOCO, { sha256: '0'.repeat(64) }],
    [url, {}],
  ] as const) {
    const controller = new AbortController()
    const running = openCheckpointFile(input, { ...options, signal: controller.signal })
    queueMicrotask(() => controller.abort(REASON))
    await expect(running, input).rejects.toBe(REASON)
  }
})

test('opening a pipe without data can be aborted', async () => {
  const pipe = join(folder, 'pipe')
  expect(spawnSync('mkfifo', [pipe]).status).toBe(0)
  // A writer that writes nothing.
  const writer = openSync(pipe, 'r+')
  const signal = AbortSignal.timeout(200)
  await expect(openCheckpointFile(pipe, { signal })).rejects.toThrow(/timeout/)
  closeSync(writer)
  expect(scratchFiles()).toEqual([])
})
