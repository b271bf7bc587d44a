/** A hash applies to the bytes that are used, wherever they come from. */
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { FormatError, UsageError } from '../../src/errors.ts'
import { openCheckpointFile } from '../../src/files/open.ts'
import { serve } from '../helpers/http-server.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

const bytes = new Uint8Array(readFileSync('fixtures/checkpoints/swav_training.pth.tar'))
const hash = (of: Uint8Array): string => createHash('sha256').update(of).digest('hex')

test('a remote file is read from the hashed copy: nothing is requested again', async () => {
  const { url, requests } = await serve(bytes)
  const { checkpoint, close, traffic } = await openCheckpointFile(url, { sha256: hash(bytes) })
  const asked = requests.length
  expect(traffic?.bytes).toBeGreaterThanOrEqual(bytes.length)
  for (const state of checkpoint.sections.values())
    for (const tensor of state.values()) await tensor.copyTo(async () => {})
  await close()
  expect(requests.length).toBe(asked)
})

test('a remote file with a different hash is refused', async () => {
  const { url } = await serve(bytes)
  await expect(openCheckpointFile(url, { sha256: '0'.repeat(64) })).rejects.toThrow(FormatError)
})

test('a hash for an index is refused: it would not cover its files', async () => {
  const path = join(temporaryFolder(), 'pytorch_model.bin.index.json')
  const index = new TextEncoder().encode(JSON.stringify({ weight_map: { w: 'a.bin' } }))
  writeFileSync(path, index)
  const opened = openCheckpointFile(path, { sha256: hash(index) })
  await expect(opened).rejects.toThrow(UsageError)
  await expect(opened).rejects.toThrow(/A SHA-256 is for a single file/)
})

test('an index cannot name a file with an unpaired surrogate', async () => {
  const path = join(temporaryFolder(), 'pytorch_model.bin.index.json')
  writeFileSync(path, '{"weight_map": {"w": "\\ud800.bin"}}')
  await expect(openCheckpointFile(path)).rejects.toThrow(/instead of a file name/)
})
