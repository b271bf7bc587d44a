/** examples/: each runs unchanged, with the package imported by name. */
import { execFileSync, spawnSync } from 'node:child_process'
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
  expect(said).toBe('module.encoder_q.conv1.weight 64×3×7×7 Float32Array mean 3.000\n')
})

test('convert and verify a file', () => {
  const output = join(folder, 'file.pth')
  expect(run('convert.mjs', MOCO, output)).toBe('moco resnet50 318 of 318\n')
  const said = run('verify.mjs', output, MOCO)
  expect(said).toContain('good 318 of 318\nthe same bits as the source\n')
  expect(said).toContain('first-layer filters: neighbouring weights correlate')
  const wrong = spawnSync(process.execPath, ['examples/convert.mjs', 'nothing.pth', output], {
    encoding: 'utf8',
  })
  expect(wrong.status).toBe(2)
  expect(wrong.stderr).toContain('There is no file nothing.pth.')
  expect(wrong.stderr).toContain('(an option or a path is wrong)')
})

test('compare two files', () => {
  expect(run('diff.mjs', MOCO, MOCO, 'state_dict')).toBe(
    '646 tensors are the same\n0 only in the first, 0 only in the second\n',
  )
})

test('write a config', () => {
  const said = run('config.mjs', 'moco')
  expect(said).toContain("classes=('cat', 'dog', 'cow')")
})

test('convert into memory, with custom rules', () => {
  expect(run('in-memory.mjs', MOCO, 'encoder_q.')).toMatch(/^ResNet-50 4\d{7}\n$/)
})

test('convert from a Blob to a stream: the same as the command line writes', async () => {
  const [output, expected] = [join(folder, 'stream.pth'), join(folder, 'expected.pth')]
  expect(run('convert-stream.mjs', MOCO, output)).toMatch(/^moco .* 318\n$/)
  expect((await runHere(MOCO, expected)).code).toBe(0)
  expect(readFileSync(output).equals(readFileSync(expected))).toBe(true)
})

test('every example was run', () => {
  expect(readdirSync('examples').sort()).toEqual([...ran].sort())
})
