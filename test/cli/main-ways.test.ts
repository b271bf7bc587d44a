/** The usual way through each command, on a small network: the detailed tests in test/cli take minutes. */
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { runHere } from '../helpers/cli.ts'
import { expanded, network, stateDict, writeExpanded } from '../helpers/expanded.ts'
import { serve } from '../helpers/http-server.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

const folder = temporaryFolder()
const [input, output] = [join(folder, 'in.pth'), join(folder, 'out.pth')]
const json = async (...args: readonly string[]) => JSON.parse((await runHere(...args, '--json')).out)
let converted: { method: string; report: object; kept: object }

beforeAll(async () => {
  const classifier = { 'fc.weight': expanded([10, 512]), 'fc.bias': expanded([10]) }
  writeExpanded(input, { state_dict: stateDict({ ...network('resnet18'), ...classifier }) })
  converted = await json(input, output)
})

test('convert writes the backbone, and reports what it kept', () => {
  expect(converted).toMatchObject({
    method: 'torchvision',
    kept: { tensors: 120 },
    report: { architecture: 'resnet18', complete: true, expected: 120, present: 120 },
  })
  expect(statSync(output).size).toBeGreaterThan(44e6)
})

test('verify, diff and inspect find the original tensors in it', async () => {
  expect(await json('verify', output, '--against', input)).toMatchObject({ good: true })
  expect(await runHere('diff', output, output)).toMatchObject({ code: 0, err: '' })
  expect(await runHere('inspect', output)).toMatchObject({ code: 0, err: '' })
})

test('config writes a config for training in MMDetection', async () => {
  const config = join(folder, 'config.py')
  expect(await runHere('config', 'moco', '--checkpoint', 'moco.pth', '--out', config)).toMatchObject({
    code: 0,
  })
  expect(readFileSync(config, 'utf8')).toContain('init_cfg')
})

test('a URL gives the same as the file', async () => {
  const { url } = await serve(readFileSync(input))
  expect(await json(url, '--dry-run')).toMatchObject({ method: 'torchvision', kept: converted.kept })
})

test('what cannot be converted gives the exit code for the reason, and leaves nothing behind', async () => {
  const cut = join(folder, 'cut.pth')
  writeFileSync(cut, readFileSync(input).subarray(0, 2000))
  const before = readdirSync(folder)
  for (const [code, ...args] of [
    [1, input, '--selfsup', 'swav'],
    [2, join(folder, 'none.pth')],
    [2, input, '--selfsup', 'nobody'],
    [3, cut],
  ] as const) {
    const ran = await runHere(...args, join(folder, 'none-out.pth'))
    expect(ran).toMatchObject({ code, out: '' })
    expect(ran.err).not.toContain('Internal error')
  }
  expect(readdirSync(folder)).toEqual(before)
})
