/** Guards examples/: each runs as it stands, on the package by its name. */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runHere } from './helpers/cli.ts'
import { temporaryFolder } from './helpers/temporary.ts'

const MOCO = join(import.meta.dirname, '../fixtures/checkpoints/moco_v2.pth.tar')
const folder = temporaryFolder()
const ran = new Set<string>()

function run(name: string, ...args: readonly string[]): string {
  ran.add(name)
  return execFileSync(process.execPath, [`examples/${name}`, ...args], { encoding: 'utf8' })
}

test('list', () => {
  const lines = run('list.mjs', MOCO).trimEnd().split('\n')
  expect(lines).toHaveLength(647)
  expect(lines).toContain('state_dict module.encoder_q.conv1.weight float32 64×3×7×7')
})

test('read one tensor', () => {
  const said = run('read-tensor.mjs', MOCO, 'state_dict', 'module.encoder_q.conv1.weight')
  expect(said).toMatch(/^module\.encoder_q\.conv1\.weight 64×3×7×7 mean -?\d/)
})

test('convert from a Blob to a stream: what the command line writes', async () => {
  const [output, expected] = [join(folder, 'stream.pth'), join(folder, 'expected.pth')]
  expect(run('convert-stream.mjs', MOCO, output)).toMatch(/^moco .* 318\n$/)
  expect((await runHere(MOCO, expected)).code).toBe(0)
  expect(readFileSync(output).equals(readFileSync(expected))).toBe(true)
})

test('every example was run', () => {
  expect(readdirSync('examples').sort()).toEqual([...ran].sort())
})
