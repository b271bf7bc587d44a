/** The option that allows large pickles: every command that opens checkpoints has it, and it has an effect. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runHere } from '../helpers/cli.ts'
import { temporaryFolder } from '../helpers/temporary.ts'
import { torchZipBytes } from '../helpers/torch-bytes.ts'

const folder = temporaryFolder()
const path = join(folder, 'large.pth')
writeFileSync(
  path,
  torchZipBytes({ value: Buffer.concat([Buffer.alloc(40_000_000, 'K\x01'), Buffer.from('.')]) }),
)

test.each([
  ['convert', path, join(folder, 'out.pth')],
  ['inspect', path],
  ['verify', path],
  ['diff', path, path],
  ['probe', path],
])('%s', { timeout: 60_000 }, async (...args) => {
  const refused = await runHere(...args)
  expect(refused.code).toBe(4)
  expect(refused.err).toContain('more than any known checkpoint')
  expect(refused.err).toContain('--limits 4')
  const opened = await runHere(...args, '--limits', '2')
  expect(opened.err).not.toContain('more than any known checkpoint')
  expect(opened.code).toBeLessThan(2)
})

test('an invalid factor', async () => {
  expect(await runHere('inspect', path, '--limits', '0.5')).toMatchObject({ code: 2 })
})
