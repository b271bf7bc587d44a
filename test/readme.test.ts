/** Guards the documents: every command in them is run here or known by name, and every generated table is fresh. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
// @ts-expect-error: a script without types
import { methodsTable, replaceBlock } from '../scripts/readme.js'
import { METHODS } from '../src/index.ts'
import { runBinary } from './helpers/cli.ts'
import { temporaryFolder } from './helpers/temporary.ts'

const DOCUMENTS = [
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'docs/action.md',
  'docs/api.md',
  'docs/decisions.md',
  'docs/exit-codes.md',
  'docs/many.md',
  'docs/mmdetection.md',
  'docs/page.md',
  'docs/probe.md',
  'docs/urls.md',
  'fixtures/README.md',
]
const folder = temporaryFolder()
const manifest = JSON.parse(readFileSync('package.json', 'utf8'))

function blocks(document: string, language: string): string[] {
  const pattern = new RegExp(`^ *\`\`\`${language}\\n([\\s\\S]*?)^ *\`\`\``, 'gm')
  return [...readFileSync(document, 'utf8').matchAll(pattern)].map(found => found[1]!.trim())
}

test('the table of methods is fresh: run `npm run registry`', () => {
  const readme = readFileSync('README.md', 'utf8')
  expect(readme).toBe(replaceBlock(readme, 'methods', methodsTable(METHODS)))
})

test("the README's first command does the main job", () => {
  const command = blocks('README.md', 'sh')[0]!
  const [install, convert] = command.split(' && ')
  expect(install).toBe('npm ci')
  const args = convert!
    .replace('npx selfsup2mmdet', '')
    .replace('backbone.pth', join(folder, 'backbone.pth'))
    .trim()
  const said = execFileSync('npx', ['selfsup2mmdet', ...args.split(/\s+/)], { encoding: 'utf8' })
  expect(existsSync(join(folder, 'backbone.pth'))).toBe(true)
  // What the README shows is what the command says, but for the end of long lines.
  const shown = blocks('README.md', 'text')[0]!.split('\n')
  expect(said.trimEnd().split('\n')).toHaveLength(shown.length)
  for (const [index, line] of said
    .replace(join(folder, 'backbone.pth'), 'backbone.pth')
    .trimEnd()
    .split('\n')
    .entries())
    expect(line.startsWith(shown[index]!.replace(/, …$/, ''))).toBe(true)
})

test("the README's second command is the one that runs this, here and in .ci/run", () => {
  expect(blocks('README.md', 'sh')[1]).toBe('npm ci && npm test')
  expect(readFileSync('.ci/run', 'utf8')).toContain('\nnpm ci && npm test\n')
})

test("the README's library example runs", () => {
  const [code] = blocks('README.md', 'js')
  const script = code!
    .replace("'selfsup2mmdet'", `'${process.cwd()}/dist/index.js'`)
    .replace("'moco_v2_800ep_pretrain.pth.tar'", `'${process.cwd()}/fixtures/checkpoints/moco_v2.pth.tar'`)
    .replace("'moco.pth'", `'${join(folder, 'library.pth')}'`)
  const said = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
  expect(said).toBe('moco 318 true\n')
})

test.each(DOCUMENTS)('%s names scripts, files and links that exist', document => {
  const text = readFileSync(document, 'utf8')
  for (const [, script] of text.matchAll(/npm run ([\w:-]+)/g))
    expect(manifest.scripts).toHaveProperty([script!])
  for (const [, path] of text.matchAll(/\]\((?!https?:)([^)#]+)\)/g))
    expect(existsSync(join(dirname(document), path!)), path).toBe(true)
  for (const [, path] of text.matchAll(/`((?:src|test|fixtures|docs|scripts|bench|\.ci)\/[\w./-]+)`/g))
    expect(existsSync(path!), path).toBe(true)
})

/** Every line of a document that begins with the program's name, in order, in a folder with the files that it speaks of. */
test.each(['README.md', 'docs/mmdetection.md', 'docs/probe.md'])('every command of %s runs', document => {
  const where = mkdtempSync(join(folder, 'commands-'))
  const fixture = (name: string) => join(process.cwd(), 'fixtures/checkpoints', name)
  symlinkSync(fixture('moco_v2.pth.tar'), join(where, 'moco_v2_800ep_pretrain.pth.tar'))
  const commands = blocks(document, 'sh')
    .flatMap(block => block.split('\n'))
    .filter(line => line.startsWith('selfsup2mmdet '))
  expect(commands.length).toBeGreaterThan(0)
  for (const command of commands) {
    const [, ...args] = command.split(/\s+/)
    // What the fixtures hold is no trained network.
    const code = args[0] === 'probe' ? 1 : 0
    expect(runBinary(args, { cwd: where }), command).toMatchObject({ code, err: '' })
  }
})
