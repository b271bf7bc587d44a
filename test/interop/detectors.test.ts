/** Real PyTorch writes the detectors of methods, and finds every tensor in the converted file under MMDetection's names. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { convertFile } from '../../src/files/convert.ts'
import { describePyTorch } from '../helpers/pytorch.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

const CHECK = join(import.meta.dirname, '../../fixtures/detectors/check.py')
const folder = temporaryFolder()

describePyTorch(({ pytorch }) => {
  test.each([
    ['soco_fpn_r50', 392],
    ['updetr_r50_pretrain_postnorm', 456],
    ['detreg_deformable_r50_pretrain', 549],
  ])('%s', async (list, tensors) => {
    const [input, output] = ['in.pth', 'out.pth'].map(name =>
      join(folder, `${pytorch.version}-${list}-${name}`),
    ) as [string, string]
    pytorch.run(CHECK, 'write', list, input)
    await convertFile(input, output, { part: 'detector' })
    expect(JSON.parse(pytorch.run(CHECK, 'read', list, output))).toEqual({ tensors, wrong: [] })
  })
})
