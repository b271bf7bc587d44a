/** Guards the GitHub Action and the page on exit codes: the steps of action.yml run here, on the packed program. */
import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { FormatError, MismatchError, SystemError, UnsupportedError, UsageError } from '../src/errors.ts'
import { VERSION } from '../src/index.ts'
import { temporaryFolder } from './helpers/temporary.ts'

const MOCO = join(import.meta.dirname, '../fixtures/checkpoints/moco_v2.pth.tar')
const folder = temporaryFolder()
const action = readFileSync('action.yml', 'utf8')
const script = /\n {6}run: \|\n((?: {8}.*\n)+)/.exec(action)![1]!.replace(/^ {8}/gm, '')
let packed = ''

beforeAll(() => {
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder]
  const said = execFileSync('npm', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  packed = join(folder, JSON.parse(said)[0].filename)
})

/** As a runner does: bash that stops at the first error, inputs as variables, outputs in a file. */
function step(inputs: Readonly<Record<string, string>>) {
  const outputs = join(folder, 'outputs')
  writeFileSync(outputs, '')
  const defaults = { SELFSUP: 'auto', CONFIG: '', MMDET: '3', VERSION: packed }
  const ran = spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, GITHUB_OUTPUT: outputs, RUNNER_TEMP: folder, ...defaults, ...inputs },
  })
  return { code: ran.status, out: ran.stdout, err: ran.stderr, outputs: readFileSync(outputs, 'utf8') }
}

test('it converts, and tells what it did', () => {
  const ran = step({ INPUT: MOCO, OUTPUT: 'my $(touch bad) moco.pth', CONFIG: 'config.py', SELFSUP: 'moco' })
  expect(ran.code, ran.err).toBe(0)
  expect(ran.outputs).toContain('path=my $(touch bad) moco.pth\nmethod=moco\narchitecture=')
  const json = /^json=(.*)$/m.exec(ran.outputs)![1]!
  expect(JSON.parse(readFileSync(json, 'utf8')).schema).toBe('selfsup2mmdet/convert/1')
  expect(readFileSync(join(folder, 'config.py'), 'utf8')).toContain('init_cfg')
})

test("it fails with the program's exit code", () => {
  writeFileSync(join(folder, 'broken.pth'), 'no checkpoint')
  expect(step({ INPUT: 'broken.pth', OUTPUT: 'out.pth' })).toMatchObject({
    code: 3,
    out: expect.stringMatching(/^::error title=selfsup2mmdet::exit code 3: broken\.pth: .+\n$/m),
    err: expect.stringContaining('FormatError'),
    outputs: '',
  })
})

test('a package that is not there is told as such', () => {
  expect(step({ INPUT: 'broken.pth', OUTPUT: 'out.pth', VERSION: './nothing.tgz' })).toMatchObject({
    out: expect.stringContaining('npx could not run the package'),
    outputs: '',
  })
})

test('its version is this one, and its example gives inputs that it has', () => {
  expect(action).toContain(`default: ${VERSION}\n`)
  const page = readFileSync('docs/action.md', 'utf8')
  expect(page).toContain(`selfsup2mmdet@v${VERSION}`)
  for (const [, name] of /with:\n((?: {10}.*\n)+)/.exec(page)![1]!.matchAll(/^ {10}(\w+):/gm))
    expect(action).toContain(`\n  ${name}:\n`)
})

test('the page on exit codes has those of the errors', () => {
  const page = readFileSync('docs/exit-codes.md', 'utf8')
  for (const { name, exitCode } of [
    new MismatchError('', '', {}),
    new UsageError(''),
    new FormatError({ source: '' }, ''),
    new UnsupportedError(''),
    new SystemError('', ''),
  ])
    expect(page).toContain(`\n| ${exitCode} | \`${name}\` |`)
  expect(page).toContain('\n| 70 | `InternalError` |')
})
