/** Follows the steps of CONTRIBUTING.md on a copy of the sources, with the code that it shows. */
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { expect, test } from 'vitest'
import type { KNOWN } from '../src/convert/knowledge.ts'
import type { matchesIn } from '../src/convert/match.ts'
import type { decideOrThrow } from '../src/explain/decide.ts'
import { resnetFamily } from '../src/families/resnet.ts'
import { readSource } from './helpers/family-lists.ts'
import { checkpointOf, readList } from './helpers/lists.ts'
import { temporaryFolder } from './helpers/temporary.ts'

interface Program {
  readonly KNOWN: typeof KNOWN
  readonly matchesIn: typeof matchesIn
  readonly decideOrThrow: typeof decideOrThrow
}

const folder = temporaryFolder()
const page = readFileSync('CONTRIBUTING.md', 'utf8')

/** The code blocks of a chapter, in order, without the indentation of their step. */
function shown(chapter: string): string[] {
  const text = page.split(`\n## ${chapter} in five steps\n`)[1]!.split('\n## ')[0]!
  expect([...text.matchAll(/^(\d)\. \*\*/gm)].map(found => found[1]).join('')).toBe('12345')
  return [...text.matchAll(/^ {3}```ts\n([\s\S]*?)^ {3}```/gm)].map(found => found[1]!.replace(/^ {3}/gm, ''))
}

function copyOf(name: string): string {
  const copy = join(folder, name)
  for (const path of ['src', 'scripts', 'package.json'])
    cpSync(path, join(copy, path), { recursive: true, filter: source => !source.endsWith('cli') })
  mkdirSync(join(copy, 'fixtures/methods'), { recursive: true })
  return copy
}

function edit(path: string, from: string, to: string): void {
  const text = readFileSync(path, 'utf8')
  expect(text.split(from), `${path} has '${from}' once`).toHaveLength(2)
  writeFileSync(path, text.replace(from, to))
}

/** The program in a copy. */
async function load(copy: string): Promise<Program> {
  const outfile = join(copy, 'program.mjs')
  const rooms = ['convert/knowledge.ts', 'convert/match.ts', 'explain/decide.ts']
  const contents = rooms.map(room => `export * from './src/${room}'`).join('\n')
  await build({ stdin: { contents, resolveDir: copy }, bundle: true, format: 'esm', outfile })
  return import(outfile)
}

const resnet18 = resnetFamily.architectures().find(({ name }) => name === 'resnet18')!
const lineOf = (name: string, shape: readonly number[], kind: string): string =>
  `${name} ${kind === 'float' ? 'float32' : kind} ${shape.join('x') || 'scalar'}`

test('a method', async () => {
  const copy = copyOf('method')
  const run = (script: string, ...args: string[]): string =>
    execFileSync(process.execPath, [join(copy, 'scripts', script), ...args], { cwd: copy, encoding: 'utf8' })
  expect(run('new-method.js', 'toy-clr')).toContain('build.py list toy_clr && npm run registry')
  expect(existsSync(join(copy, 'fixtures/methods/toy_clr.py'))).toBe(true)
  run('registry.js')
  const { KNOWN, decideOrThrow, matchesIn } = await load(copy)
  expect(KNOWN.methods.map(({ name }) => name)).toContain('toy-clr')
  const checkpoint = checkpointOf('toy', [
    '[state_dict]',
    ...resnet18.tensors().map(({ name, shape, kind }) => lineOf(`module.encoder.${name}`, shape, kind)),
    'module.projector.weight float32 128x512',
    'module.projector.bias float32 128',
  ])
  expect(matchesIn(checkpoint, KNOWN, {}).map(({ method }) => method.name)).toEqual(['toy-clr'])
  const { architecture, plan } = decideOrThrow(checkpoint)
  expect(architecture.name).toBe('resnet18')
  expect(plan.fates.filter(fate => 'because' in fate).map(({ name }) => name)).toEqual([
    'module.projector.weight',
    'module.projector.bias',
  ])
})

test('a family', async () => {
  const copy = copyOf('family')
  const [holds, spells, home] = shown('Add a family') as [string, string, string]
  writeFileSync(join(copy, 'src/families/toy.ts'), `${holds}\n${spells}`)
  const index = join(copy, 'src/families/index.ts')
  edit(
    index,
    'import type { Architecture',
    "import { toyFamily } from './toy.ts'\nimport type { Architecture",
  )
  edit(index, '  regnetFamily,\n', '  regnetFamily,\n  toyFamily,\n')
  edit(join(copy, 'src/targets/mmdetection/homes.ts'), '  resnet: {\n', `${home}  resnet: {\n`)
  const { decideOrThrow } = await load(copy)
  const tensors = [
    ['stem.conv', 'weight float32 8x3x4x4'],
    ...['weight', 'bias', 'running_mean', 'running_var'].map(part => ['stem.norm', `${part} float32 8`]),
    ['last', 'weight float32 8x8'],
    ['last', 'bias float32 8'],
  ]
  // The MoCo method does not mention the new family.
  const checkpoint = checkpointOf('toy', [
    '[state_dict]',
    'module.queue float32 128x65536',
    'module.queue_ptr int64 1',
    ...['q', 'k'].flatMap(which => [
      ...tensors.map(([layer, rest]) => `module.encoder_${which}.${layer}.${rest}`),
      `module.encoder_${which}.fc.weight float32 128x8`,
    ]),
  ])
  const { match, architecture, plan, home: found } = decideOrThrow(checkpoint)
  expect([match.method.name, architecture.title, found.class]).toEqual(['moco', 'Toy-Tiny', 'mmpretrain.Toy'])
  expect([...plan.kept.keys()]).toEqual([
    'patchify.0.weight',
    ...['weight', 'bias', 'running_mean', 'running_var'].map(part => `patchify.1.${part}`),
    'top.weight',
    'top.bias',
  ])
})

test('a target', async () => {
  const copy = copyOf('target')
  const [text] = shown('Add a target') as [string]
  writeFileSync(join(copy, 'src/targets/shelf.ts'), text)
  const index = join(copy, 'src/targets/index.ts')
  edit(index, 'import type { Target }', "import { shelf } from './shelf.ts'\nimport type { Target }")
  edit(index, 'both]', 'both, shelf]')
  const { decideOrThrow } = await load(copy)
  const { plan, home } = decideOrThrow(readList('moco.resnet50.txt').checkpoint, { target: 'shelf' })
  expect(home.section).toBe('model')
  expect([...plan.kept.keys()].at(0)).toBe('backbone.conv1.weight')
  expect([...plan.kept.keys()].filter(name => name.includes('layer4'))).toEqual([])
  const dropped = plan.fates.find(({ name }) => name === 'module.encoder_q.layer4.0.conv1.weight')
  expect(dropped).toHaveProperty('because', 'fourth stage: Shelf has three')
  const vit = readSource('dino_vitb16_pretrain')
  expect(() => decideOrThrow(vit, { target: 'shelf' })).toThrow('Shelf')
})
