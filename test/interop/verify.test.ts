/** The verdicts on files that real PyTorch wrote: the Python script's output, and a backbone damaged in three ways. */
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runBinary } from '../helpers/cli.ts'
import { describePyTorch } from '../helpers/pytorch.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

const MOCO = join(import.meta.dirname, '../../fixtures/checkpoints/moco_v2.pth.tar')
const VARIANTS = join(import.meta.dirname, '../../fixtures/variants.py')
const folder = temporaryFolder()

describePyTorch(({ pytorch }) => {
  const where = mkdtempSync(join(folder, 'variants-'))
  const converted = join(where, 'converted.pth')
  expect(runBinary(['-q', MOCO, converted]).code).toBe(0)
  pytorch.run(VARIANTS, MOCO, converted, where)

  test.each<[string, number, readonly string[]]>([
    ['converted', 0, ['318 of 318', 'all 318 tensors are identical to']],
    ['script', 1, ['318 of 318', 'fc.0.weight', 'fc.0.bias', 'fc.2.weight', 'fc.2.bias']],
    ['missing', 1, ['317 of 318', 'layer2.3.bn1.bias']],
    ['nan', 1, ['318 of 318', 'layer1.2.conv2.weight: 1 of 36864, NaN']],
    ['flipped', 1, ['318 of 318', 'layer3.5.conv1.weight: 1 of 262144 elements, max difference 0.0']],
  ])('%s', (name, code, said) => {
    const ran = runBinary(['verify', join(where, `${name}.pth`), '--against', MOCO])
    expect(ran.err).toBe('')
    for (const text of said) expect(ran.out).toContain(text)
    expect(ran.code).toBe(code)
  })
})
