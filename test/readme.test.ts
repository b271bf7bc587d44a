/** The documents: every command in them is run here or known by name, and every generated table is up to date. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
// @ts-expect-error: a script without types
import { familiesTable, methodsTable, replaceBlock } from '../scripts/readme.js'
import { configFor } from '../src/convert/config.ts'
import { ARCHITECTURES, FAMILIES } from '../src/families/index.ts'
import { METHODS } from '../src/methods/index.ts'
import { matcher } from '../src/rename/pattern.ts'
import { TARGETS } from '../src/targets/index.ts'
import { runBinary } from './helpers/cli.ts'
import { writeDetector } from './helpers/detector-lists.ts'
import { temporaryFolder } from './helpers/temporary.ts'

const DOCUMENTS = [
  'README.md',
  'ARCHITECTURE.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'docs/action.md',
  'docs/api.md',
  'docs/benchmarks.md',
  'docs/comparison.md',
  'docs/decisions.md',
  'docs/exit-codes.md',
  'docs/formats.md',
  'docs/limits.md',
  'docs/many.md',
  'docs/mmdetection.md',
  'docs/page.md',
  'docs/probe.md',
  'docs/test-log.md',
  'docs/urls.md',
  'fixtures/README.md',
]
const folder = temporaryFolder()
const manifest = JSON.parse(readFileSync('package.json', 'utf8'))

function blocks(document: string, language: string): string[] {
  const pattern = new RegExp(`^ *\`\`\`${language}\\n([\\s\\S]*?)^ *\`\`\``, 'gm')
  return [...readFileSync(document, 'utf8').matchAll(pattern)].map(found => found[1]!.trim())
}

test('the table of methods is up to date: run `npm run registry`', () => {
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
  // The README shows the output of the command, except for the end of long lines.
  const shown = blocks('README.md', 'text')[0]!.split('\n')
  expect(said.trimEnd().split('\n')).toHaveLength(shown.length)
  for (const [index, line] of said
    .replace(join(folder, 'backbone.pth'), 'backbone.pth')
    .trimEnd()
    .split('\n')
    .entries())
    expect(line.startsWith(shown[index]!.replace(/, …$/, ''))).toBe(true)
})

test('the command for the tests is the one that .ci/run runs as if there were no PyTorch', () => {
  expect(blocks('README.md', 'sh')).toContain('npm ci && npm test')
  expect(readFileSync('.ci/run', 'utf8')).toContain(
    '\nHIDE_PYTORCH=1 bash -c "npm ci && npm test -- $ci_reporters"\n',
  )
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
  // bench/data, which benchmarks and the fuzzer write, is not in the repository.
  for (const [, path] of text.matchAll(
    /`((?:src|test|fixtures|docs|scripts|bench(?!\/data)|\.ci)\/[\w./-]+)`/g,
  ))
    expect(existsSync(path!), path).toBe(true)
})

/** The cells of a table, by the first cell of each row. */
function tableRows(text: string, block: string): Map<string, string[]> {
  const table = text.split(`<!-- ${block} -->`)[1]!.split(`<!-- /${block} -->`)[0]!
  const rows = table.split('\n').filter(line => line.startsWith('| '))
  return new Map(
    rows.map(row => {
      const [first, ...rest] = row
        .slice(1, -1)
        .split('|')
        .map(cell => cell.trim())
      return [first!, rest] as const
    }),
  )
}

test('the comparison has the current figures, and the README some of its rows', () => {
  const compared = tableRows(readFileSync('docs/comparison.md', 'utf8'), 'compared')
  const [size, time, , , , memory, theirs] = tableRows(
    readFileSync('docs/benchmarks.md', 'utf8'),
    'bench',
  ).get('MoCo v2, zip')!
  const [ours, , , byHand] = compared.get(`peak memory, MoCo v2 of ${size}`)!
  expect([ours, byHand]).toEqual([memory, theirs])
  const [seconds, , , times] = compared.get('time, same checkpoint')!
  expect(seconds).toBe(time)
  // Rounded once: 5.477 is 5.5 in one table, and 5 in the other.
  const [moco] = JSON.parse(readFileSync('bench/results.json', 'utf8')).rows
  const [low, high] = moco.toPython.map(Math.round)
  expect(times).toBe(`${low} to ${high} times as long`)
  expect(compared.get('methods')![0]).toMatch(new RegExp(`^${METHODS.length}, `))
  expect(compared.get('needs')![0]).toContain(`Node ${manifest.engines.node.replace('>=', '')};`)
  for (const [name, cells] of compared) expect(cells, name).toHaveLength(4)
  const chosen = tableRows(readFileSync('README.md', 'utf8'), 'compared')
  const columns = chosen.get('')!.map(title => compared.get('')!.indexOf(title))
  for (const [name, cells] of chosen)
    expect(cells, name).toEqual(columns.map(column => compared.get(name)?.[column]))
})

test('docs/benchmarks.md has the table and the command of the benchmark', () => {
  const [header] = readFileSync('docs/benchmarks.md', 'utf8').split('<!-- bench -->\n')[1]!.split('\n')
  expect(readFileSync('bench/results.js', 'utf8')).toContain(header!)
  expect(blocks('docs/benchmarks.md', 'sh')).toEqual(['npm run bench'])
  expect(manifest.scripts.bench).toBe('node bench/run.js')
})

test('the table of families is up to date: run `npm run registry`', () => {
  const readme = readFileSync('README.md', 'utf8')
  const table = familiesTable({ families: FAMILIES, targets: TARGETS, configFor })
  expect(readme).toBe(replaceBlock(readme, 'families', table))
  expect(table).toContain('`SwinTransformer` | 3.x, 2.x |')
  expect(table.split('\n')).toHaveLength(2 + FAMILIES.length)
  for (const { name } of ARCHITECTURES) expect(table).toContain(`\`${name}\``)
})

test.each(['README.md', 'docs/limits.md'])('the list of what is refused in %s matches the code', document => {
  const limits = readFileSync(document, 'utf8').split('# Limits')[1]!.split('\n## ')[0]!
  const hints = readFileSync('src/explain/other-networks.ts', 'utf8')
  for (const name of ['DINOv3', 'ConvMAE', 'CroCo v2', 'MoCo v3', 'Vision Longformer', 'CvT']) {
    expect(limits).toContain(name)
    expect(hints).toMatch(new RegExp(`is: ['"].*${name}`))
  }
  expect(limits).toContain('LayerScale')
  expect(readFileSync('src/targets/vitdet.ts', 'utf8')).toContain('has LayerScale')
})

test('docs/limits.md names every network that is refused for what it computes', () => {
  const limits = readFileSync('docs/limits.md', 'utf8')
  const hints = readFileSync('src/explain/other-encoders.ts', 'utf8')
  const names =
    'CAPI Hiera CTransPath UM-MAE MAGE V-JEPA VideoMAE Prithvi Scale-MAE CROMA DOFA SatMAE MAE-pytorch MultiMAE'
  for (const name of [...names.split(' '), 'data2vec 2.0']) {
    expect(limits).toContain(name)
    expect(hints).toMatch(new RegExp(`is: ?['"\n ]+.*${name}`))
  }
})

test('links within the documents lead to headings', () => {
  for (const document of DOCUMENTS)
    for (const [, path, anchor] of readFileSync(document, 'utf8').matchAll(
      /\]\((?!https?:)([^)#]*)#([^)]+)\)/g,
    )) {
      const target = path === '' ? document : join(dirname(document), path!)
      if (target === 'docs/api.md') continue
      const slugs = [...readFileSync(target, 'utf8').matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
        heading!
          .toLowerCase()
          .replace(/[^\w\- ]/g, '')
          .replaceAll(' ', '-'),
      )
      expect(slugs, `${document}: ${target}#${anchor}`).toContain(anchor)
    }
})

test('pictures have alternative text', () => {
  const shown = DOCUMENTS.flatMap(document =>
    [...readFileSync(document, 'utf8').matchAll(/!\[([^\]]*)\]\(([^)]+)\)/g)].map(([, text, path]) => ({
      text: text!,
      path: join(dirname(document), path!),
    })),
  )
  const names = readdirSync('docs/pictures').map(name => join('docs/pictures', name))
  expect(shown.map(({ path }) => path).sort()).toEqual(names.sort())
  for (const { text, path } of shown) expect(text.length, path).toBeGreaterThan(20)
  expect(readFileSync('README.md', 'utf8').match(/!\[/g)).toHaveLength(3)
})

test.each(DOCUMENTS)('%s only says to install optional peer dependencies', document => {
  for (const [, names] of readFileSync(document, 'utf8').matchAll(/npm install (?!-)([^\n`(]+)/g))
    for (const name of names!.trim().split(' '))
      expect(Object.keys(manifest.peerDependencies)).toContain(name)
})

/**
 * Every line of a document that begins with the program's name, in order, in a folder with the files that the document
 * mentions.
 */
test.each(['README.md', 'docs/mmdetection.md', 'docs/probe.md'])('every command of %s runs', document => {
  const where = mkdtempSync(join(folder, 'commands-'))
  for (const path of ['configs/selfsup_pretrain', 'projects/ViTDet/configs'])
    mkdirSync(join(where, path), { recursive: true })
  const fixture = (name: string) => join(process.cwd(), 'fixtures/checkpoints', name)
  symlinkSync(fixture('moco_v2.pth.tar'), join(where, 'moco_v2_800ep_pretrain.pth.tar'))
  writeDetector(join(where, 'soco_fpn_400ep.pth'), 'soco_fpn_r50')
  symlinkSync(join(process.cwd(), 'docs/pictures'), join(where, 'photographs'))
  const commands = blocks(document, 'sh')
    .flatMap(block => block.split('\n'))
    .filter(line => line.startsWith('selfsup2mmdet '))
  expect(commands.length).toBeGreaterThan(0)
  for (const command of commands) {
    const [, ...typed] = command.split(/\s+/)
    // As a shell expands patterns.
    const args = typed.flatMap(word =>
      word.includes('*') ? readdirSync(where).filter(name => matcher(word)(name) !== undefined) : [word],
    )
    // The fixtures do not contain trained networks.
    const code = args[0] === 'probe' ? 1 : 0
    expect(runBinary(args, { cwd: where }), command).toMatchObject({ code, err: '' })
  }
})
