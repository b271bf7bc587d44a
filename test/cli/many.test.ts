/** Conversions of several inputs: one result for each, the highest exit code, and never two to one file. */
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { outputName } from '../../src/cli/commands/convert-many.ts'
import { runHere } from '../helpers/cli.ts'
import { serve } from '../helpers/http-server.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

const fixture = (name: string): string => join(import.meta.dirname, `../../fixtures/checkpoints/${name}`)
const [MOCO, SWAV] = [fixture('moco_v2.pth.tar'), fixture('swav_released.pth.tar')]
const folder = temporaryFolder()
const damaged = join(folder, 'damaged.pth.tar')
writeFileSync(damaged, readFileSync(MOCO).subarray(0, 50_000))
let number = 0

function outDir(): string {
  const path = join(folder, `out-${number++}`)
  mkdirSync(path)
  return path
}

test('every input becomes a file with its name', async () => {
  const out = outDir()
  const ran = await runHere(MOCO, SWAV, '--out-dir', out)
  expect(ran).toMatchObject({ code: 0, err: '' })
  expect(ran.out.split('\n')).toEqual([
    `done        ${MOCO} → ${out}/moco_v2.pth: moco, ResNet-50, 318 tensors, 94.2 MB`,
    `done        ${SWAV} → ${out}/swav_released.pth: swav, ResNet-50, 318 tensors, 94.2 MB`,
    '2 of 2 inputs converted',
    '',
  ])
  await runHere(MOCO, join(folder, 'alone.pth'))
  expect(readFileSync(join(out, 'moco_v2.pth')).equals(readFileSync(join(folder, 'alone.pth')))).toBe(true)
})

test.each(['1', '3'])('a failure does not stop the others, with --jobs %s', async jobs => {
  const out = outDir()
  const ran = await runHere(damaged, MOCO, join(folder, 'none.pth'), SWAV, '--out-dir', out, '--jobs', jobs)
  expect(ran.code).toBe(3)
  expect(readdirSync(out).sort()).toEqual(['moco_v2.pth', 'swav_released.pth'])
  expect(ran.out).toContain(`failed      ${damaged}: exit code 3\n`)
  expect(ran.out).toContain(`failed      ${join(folder, 'none.pth')}: exit code 2\n`)
  expect(ran.out).toMatch(/\n2 of 4 inputs converted, 2 failed\n$/)
  expect(ran.err).toContain('FormatError: ')
  expect(ran.err).toContain('UsageError: There is no file')
})

test('--json prints one line for each, errors included', async () => {
  const out = outDir()
  const ran = await runHere(damaged, MOCO, '--out-dir', out, '--json')
  const lines = ran.out.trimEnd().split('\n')
  expect(lines.map(line => JSON.parse(line))).toMatchObject([
    {
      schema: 'selfsup2mmdet/error/1',
      input: { path: damaged },
      error: { kind: 'FormatError', exitCode: 3 },
    },
    { schema: 'selfsup2mmdet/convert/1', input: { path: MOCO }, output: { path: join(out, 'moco_v2.pth') } },
  ])
  expect(ran.code).toBe(3)
  expect(await runHere(MOCO, '--out-dir', out, '--json', '-q')).toMatchObject({ code: 0, err: '' })
})

test('a dry run writes nothing, and reports what could be converted', async () => {
  const out = outDir()
  const ran = await runHere(MOCO, SWAV, damaged, '--out-dir', out, '--dry-run')
  expect(ran.out).toContain('2 of 3 inputs can be converted, 1 failed')
  expect(readdirSync(out)).toEqual([])
})

test('the report names a URL', async () => {
  const out = outDir()
  const { url } = await serve(readFileSync(MOCO))
  const ran = await runHere(url, SWAV, '--out-dir', out, '--jobs', '2')
  expect(ran.out).toContain(`done        ${url} → ${out}/checkpoint.pth: moco`)
  expect(readdirSync(out).sort()).toEqual(['checkpoint.pth', 'swav_released.pth'])
})

test('two inputs with one name are refused before anything starts', async () => {
  const out = outDir()
  const twin = join(folder, 'moco_v2.pth')
  copyFileSync(MOCO, twin)
  const ran = await runHere(SWAV, MOCO, twin, '--out-dir', out)
  expect(ran.code).toBe(2)
  expect(ran.err).toContain(`${MOCO} and ${twin} would both become ${out}/moco_v2.pth`)
  expect(readdirSync(out)).toEqual([])
})

test.each<[string, readonly string[], string]>([
  ['several inputs without a folder', [MOCO, damaged, MOCO], 'Add --out-dir'],
  ['several missing inputs', ['a', 'b', 'c'], 'There is no file a.\n'],
  ['standard input', ['-', '--out-dir', folder], 'has no name'],
  [
    'an invalid number of jobs',
    [MOCO, '--out-dir', folder, '--jobs', 'many'],
    'expected a whole number from 1 to 9999',
  ],
  ['no jobs at all', [MOCO, '--out-dir', folder, '--jobs', '0'], 'expected a whole number from 1 to 9999'],
  ['jobs without a folder', [MOCO, 'out.pth', '--jobs', '2'], '--jobs requires --out-dir'],
  ['a file instead of the folder', [MOCO, '--out-dir', damaged], 'there is a file in its place'],
  ['a file in its path', [MOCO, '--out-dir', join(damaged, 'x')], 'there is a file in its place'],
])('%s is a usage error', async (_, args, message) => {
  const ran = await runHere(...args)
  expect(ran.code).toBe(2)
  expect(ran.err).toContain(message)
})

test('a missing folder is created, but not on a dry run', async () => {
  const out = join(folder, 'new', 'and deeper')
  expect(await runHere(MOCO, '--out-dir', out, '--dry-run')).toMatchObject({ code: 0 })
  expect(existsSync(join(folder, 'new'))).toBe(false)
  expect(await runHere(MOCO, '--out-dir', out)).toMatchObject({ code: 0 })
  expect(readdirSync(out)).toEqual(['moco_v2.pth'])
})

test('an input is never its own output', async () => {
  const own = outDir()
  copyFileSync(MOCO, join(own, 'x.pth'))
  const ran = await runHere(join(own, 'x.pth'), '--out-dir', own)
  expect(ran.code).toBe(2)
  expect(readFileSync(join(own, 'x.pth')).equals(readFileSync(MOCO))).toBe(true)
})

test.each([
  ['a/moco_v2_800ep.pth.tar', 'moco_v2_800ep.pth'],
  ['a/b.v1.PTH', 'b.v1.pth'],
  ['resnet', 'resnet.pth'],
  ['.pth', 'backbone.pth'],
  ['https://host/a/moco%20v2.pth.tar?download=true', 'moco v2.pth'],
  ['https://host/', 'host.pth'],
  ['https://host/a%2Fb.pth', 'a%2Fb.pth'],
  ['https://host/%.pth', '%.pth'],
  ['hf://owner/repo@v1/folder/pytorch_model.bin', 'pytorch_model.pth'],
  ['what?.pth', 'what?.pth'],
])('%s becomes %s', (input, output) => {
  expect(outputName(input)).toBe(output)
})
