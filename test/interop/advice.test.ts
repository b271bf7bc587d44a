/**
 * Messages about ResNets that were altered with real PyTorch: each printed line, for selfsup2mmdet or Python, is run, and the
 * result must have the values that PyTorch itself computes; where nothing helps, no line is printed.
 */
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { printedLines, words } from '../helpers/advice.ts'
import { runHere } from '../helpers/cli.ts'
import { describePyTorch } from '../helpers/pytorch.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

const SPOILED = join(import.meta.dirname, '../../fixtures/spoiled.py')
const METHODS = join(import.meta.dirname, '../../fixtures/methods')
const where = temporaryFolder()

/** The cause that a message names when nothing helps. */
const CAUSES: Readonly<Record<string, string>> = {
  'fused-for-quantisation': 'prepared for quantisation',
  folded: 'BatchNorm is folded',
  adapted: 'merge_and_unload()',
  squeezed: 'an SE-ResNet',
  empty: 'are empty',
  'half-wide': 'has 32 channels',
  shallow: '1, 1, 1, 1 blocks',
  'without-stem': 'there is no conv1.weight, no bn1.weight',
  'gated-norms': 'a module that contains more: bn1.bn.weight, and bn1.gate',
  rectified: 'a ResNet with PReLU',
  'other-blocks': 'as those of ResNet-18 and ResNet-34, but it is wider or narrower',
  'group-norm': 'GroupNorm or similar',
  'without-buffers': 'save model.state_dict()',
  orthogonal: 'remove_parametrizations(m, "weight")',
}

describePyTorch(({ pytorch, version }) => {
  const folder = join(where, version)
  let outcomes: Record<string, string>
  const server = pytorch.serve(SPOILED, 'serve')
  afterAll(() => server.close())
  beforeAll(() => {
    mkdirSync(folder)
    outcomes = JSON.parse(pytorch.run(SPOILED, folder).trim().split('\n').at(-1)!)
  }, 300_000)
  const those = (outcome: string) => Object.keys(outcomes).filter(name => outcomes[name] === outcome)
  const input = (name: string) => join(folder, `${name}.pth`)

  async function convert(name: string, file: string, options: readonly string[]) {
    const out = join(folder, 'converted.pth')
    const { code, err } = await runHere(file, out, ...options)
    expect(code, `${file} ${options.join(' ')}: ${err}`).toBe(0)
    expect(await server.ask('compare', out, join(folder, `${name}.expected`)), name).toBe('equal')
    rmSync(out)
  }

  test('lines for selfsup2mmdet give the right tensors', async () => {
    for (const name of those('command')) {
      const { code, err } = await runHere(input(name), '--dry-run')
      expect(code, name).toBe(1)
      const lines = printedLines(err, 'selfsup2mmdet')
      expect(lines.length, err).toBeGreaterThan(0)
      for (const line of lines) await convert(name, input(name), words(line).slice(3))
    }
  }, 300_000)

  test('lines for Python give the right tensors', async () => {
    expect(those('python').length).toBeGreaterThan(4)
    for (const name of those('python')) {
      const { code, err } = await runHere(input(name), '--dry-run')
      expect(code, name).toBe(1)
      expect(err.includes('runs its code'), name).toBe(name === 'pruned-with-arguments')
      const [line] = printedLines(err, 'python')
      const [, option, ...script] = words(line!)
      expect({ option, scripts: script.length }).toEqual({ option: '-c', scripts: 1 })
      expect(await server.ask('run', folder, ...script), line).toBe(0)
      await convert(name, join(folder, 'plain.pth'), [])
    }
  }, 300_000)

  test('if nothing helps, the cause is named and no line is printed', async () => {
    for (const name of those('none')) {
      const { code, err } = await runHere(input(name), '--dry-run')
      expect([1, 4], name).toContain(code)
      expect(err).toContain(CAUSES[name])
      expect([...printedLines(err, 'selfsup2mmdet'), ...printedLines(err, 'python')], err).toEqual([])
    }
  }, 120_000)

  test('the expression for parametrised models gives plain weights', async () => {
    const { err } = await runHere(input('orthogonal'), '--dry-run')
    const [expression] = /\[torch\.nn\.utils\.parametrize.*?\)\]/s.exec(err)!
    const script = [
      `import sys, torch; sys.path.insert(0, ${JSON.stringify(METHODS)})`,
      'from resnet import ResNet; import torch.nn.utils.parametrize',
      'model = ResNet("resnet18", fc=None)',
      'for m in model.layer1.modules():',
      '    if isinstance(m, torch.nn.Conv2d): torch.nn.utils.parametrizations.orthogonal(m)',
      expression.replaceAll('\n', ' '),
      `torch.save(model.state_dict(), ${JSON.stringify(join(folder, 'model.pth'))})`,
    ].join('\n')
    expect(await server.ask('run', folder, script)).toBe(0)
    expect((await runHere(join(folder, 'model.pth'), '--dry-run')).code).toBe(0)
  }, 120_000)
})
