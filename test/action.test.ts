/** The GitHub Action and the page on exit codes: the steps of action.yml run here, with the packed program. */
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { VERSION } from '../src/convert/version.ts'
import { FormatError, MismatchError, SystemError, UnsupportedError, UsageError } from '../src/errors.ts'
import { temporaryFolder } from './helpers/temporary.ts'

const MOCO = join(import.meta.dirname, '../fixtures/checkpoints/moco_v2.pth.tar')
const folder = temporaryFolder()
const action = readFileSync('action.yml', 'utf8')
const script = /\n {6}run: \|\n((?: {8}.*\n)+)/.exec(action)![1]!.replace(/^ {8}/gm, '')
let packed = ''

/** The inputs in action.yml, and their default values. */
const inputs = [
  .../\ninputs:\n([\s\S]*?)\noutputs:/.exec(action)![1]!.matchAll(/^ {2}(\w+):\n(?: {4}.*\n?)*/gm),
]
const DEFAULTS = Object.fromEntries(
  inputs.map(([text, name]) => [name!.toUpperCase(), /default: '?(.*?)'?$/m.exec(text)?.[1] ?? '']),
)

beforeAll(() => {
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder]
  const said = execFileSync('npm', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  packed = join(folder, JSON.parse(said)[0].filename)
})

/** Like a runner: bash that stops at the first error, inputs in variables, outputs in a file. */
function step(inputs: Readonly<Record<string, string>>) {
  const [outputs, summary] = [join(folder, 'outputs'), join(folder, 'summary')]
  for (const path of [outputs, summary]) writeFileSync(path, '')
  const ran = spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script], {
    cwd: folder,
    encoding: 'utf8',
    env: {
      ...process.env,
      GITHUB_OUTPUT: outputs,
      GITHUB_STEP_SUMMARY: summary,
      RUNNER_TEMP: folder,
      ...DEFAULTS,
      VERSION: packed,
      ...inputs,
    },
  })
  return {
    code: ran.status,
    out: ran.stdout,
    err: ran.stderr,
    outputs: outputsIn(readFileSync(outputs, 'utf8')),
    summary: readFileSync(summary, 'utf8'),
  }
}

/** The format that a runner reads: `name=value`, or `name<<mark` and all lines up to the mark. */
function outputsIn(text: string): Record<string, string> {
  const found: Record<string, string> = {}
  const lines = text.split('\n')
  for (let at = 0; at < lines.length - 1; at++) {
    const [, name, mark] = /^(\w+)<<(.+)$/.exec(lines[at]!) ?? []
    const end = lines.indexOf(mark ?? '', at + 1)
    if (name === undefined || end < 0) throw new Error(`no output: ${lines[at]}`)
    found[name] = lines.slice(at + 1, end).join('\n')
    at = end
  }
  return found
}

test('it converts, and reports what it did', () => {
  const ran = step({ INPUT: MOCO, OUTPUT: 'my $(touch bad) moco.pth', CONFIG: 'config.py', SELFSUP: 'moco' })
  expect(ran.code, ran.err).toBe(0)
  expect(ran.outputs).toMatchObject({
    path: 'my $(touch bad) moco.pth',
    method: 'moco',
    architecture: 'resnet50',
  })
  expect(readdirSync(folder)).not.toContain('bad')
  expect(JSON.parse(readFileSync(ran.outputs.json!, 'utf8')).schema).toBe('selfsup2mmdet/convert/1')
  expect(readFileSync(join(folder, 'config.py'), 'utf8')).toContain('init_cfg')
})

test('its summary of the conversion is a table, whatever the file is called', () => {
  const OUTPUT = 'a|b\nmethod=evil\n<img src=x> `c`.pth'
  const ran = step({ INPUT: MOCO, OUTPUT, NETWORK: 'key' })
  expect(ran.code, ran.err).toBe(0)
  expect(ran.outputs).toMatchObject({ path: OUTPUT, method: 'moco' })
  expect(ran.summary).toContain('| method | <code>moco</code>, network <code>key</code> |\n')
  expect(ran.summary).toContain('| backbone | <code>resnet50</code>, 318 of 318 tensors, 94.2 MB |\n')
  expect(ran.summary).toContain(
    '| written | <code>a&#124;b&#10;method&#61;evil&#10;&#60;img src&#61;x&#62; &#96;c&#96;.pth</code> |\n',
  )
})

test('it casts, and refuses an input with a different SHA-256', () => {
  const SHA256 = createHash('sha256').update(readFileSync(MOCO)).digest('hex')
  const ran = step({ INPUT: MOCO, OUTPUT: 'half.pth', DTYPE: 'float16', SHA256 })
  expect(ran.code, ran.err).toBe(0)
  expect(statSync(join(folder, 'half.pth')).size).toBeLessThan(50e6)
  const other = step({ INPUT: MOCO, OUTPUT: 'other.pth', SHA256: SHA256.replace(/./g, '0') })
  expect(other).toMatchObject({ code: 3, outputs: {}, summary: '' })
})

test('every input is an environment variable of the step, and none is in its script', () => {
  expect(inputs.length).toBeGreaterThan(8)
  for (const [, name] of inputs) {
    expect(action).toContain(`\n        ${name!.toUpperCase()}: \${{ inputs.${name} }}\n`)
    expect(script).toContain(`"$${name!.toUpperCase()}"`)
  }
  expect(script).not.toContain('${{')
})

const workflows = readdirSync('.github/workflows').map(name => join('.github/workflows', name))

test.each(workflows)('%s runs existing scripts, and actions pinned to a commit', path => {
  const text = readFileSync(path, 'utf8')
  const scripts = JSON.parse(readFileSync('package.json', 'utf8')).scripts
  for (const [, script] of text.matchAll(/npm run ([\w:-]+)/g)) expect(scripts).toHaveProperty([script!])
  const used = [...text.matchAll(/uses: (.*)$/gm)].map(([, action]) => action)
  expect(used.length).toBeGreaterThan(0)
  for (const action of used) expect(action).toMatch(/^[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)
  // Names chosen by others (branches, tags, titles) come in variables.
  for (const [, script] of text.matchAll(/run: (.*(?:\n {10}.*)*)/g)) expect(script).not.toContain('${{')
})

test("it fails with the program's exit code", () => {
  writeFileSync(join(folder, 'broken.pth'), 'no checkpoint')
  expect(step({ INPUT: 'broken.pth', OUTPUT: 'out.pth' })).toMatchObject({
    code: 3,
    out: expect.stringMatching(/^::error title=selfsup2mmdet::exit code 3: broken\.pth: .+\n$/m),
    err: expect.stringContaining('FormatError'),
    outputs: {},
  })
})

test('a missing package is reported as such', () => {
  expect(step({ INPUT: 'broken.pth', OUTPUT: 'out.pth', VERSION: './nothing.tgz' })).toMatchObject({
    out: expect.stringContaining('npx could not run the package'),
    outputs: {},
  })
})

test('its version is the current one, and its example uses inputs that exist', () => {
  expect(action).toContain(`default: ${VERSION}\n`)
  const page = readFileSync('docs/action.md', 'utf8')
  expect(page).toContain(`selfsup2mmdet@v${VERSION}`)
  for (const [, name] of /with:\n((?: {10}.*\n)+)/.exec(page)![1]!.matchAll(/^ {10}(\w+):/gm))
    expect(action).toContain(`\n  ${name}:\n`)
})

test('the page on exit codes lists the codes of all errors', () => {
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

test('the page of the action names every input', () => {
  const page = readFileSync('docs/action.md', 'utf8')
  for (const [, name] of inputs) expect(page).toMatch(new RegExp(`^\\| .*\`${name}\`.* \\|`, 'm'))
})
