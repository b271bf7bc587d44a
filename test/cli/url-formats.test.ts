/** A format gives the same by URL as from disk, and no more is downloaded than it needs. */
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { afterAll, expect, test, vi } from 'vitest'
import { runHere } from '../helpers/cli.ts'
import { serve } from '../helpers/http-server.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

const FOLDER = 'fixtures/formats'
const temporary = temporaryFolder()
vi.stubEnv('TMPDIR', temporary)
afterAll(() => vi.unstubAllEnvs())

const served = () => serve(path => readFileSync(join(FOLDER, basename(path))))

test.each([
  'net.safetensors',
  'ancient.pth.tar',
  'compressed.pth.tar.gz',
  'folder.tar',
  'stored.zip',
  'deflated.zip',
  'script.pt',
  'model.safetensors.index.json',
  'pytorch_model.bin.index.json',
])('%s', async name => {
  const url = new URL(name, (await served()).url).href
  const section = name.startsWith('ancient') ? ['--section', 'state_dict'] : []
  expect(await runHere('diff', url, join(FOLDER, name), ...section)).toMatchObject({
    code: 0,
    out: 'all 8 tensors are identical, bit for bit\n',
  })
  expect(readdirSync(temporary)).toEqual([])
})

test('a backbone in safetensors: its tensors, its header, and nothing twice', async () => {
  const path = join(temporaryFolder(), 'backbone.safetensors')
  await runHere('fixtures/checkpoints/swav_released.pth.tar', path)
  const { url } = await serve(readFileSync(path))
  const out = join(temporaryFolder(), 'out.pth')
  const { input, kept } = JSON.parse((await runHere(url, out, '--json')).out)
  expect(input.format).toBe('safetensors')
  expect(input.fetched.bytes / kept.bytes).toBeLessThan(1.02)
  expect((await runHere('diff', out, path)).code).toBe(0)
})
