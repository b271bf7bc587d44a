/** `--part`: a detector is written and verified, and gets the right config; incomplete ones are refused. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runHere } from '../helpers/cli.ts'
import { writeDetector } from '../helpers/detector-lists.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

const folder = temporaryFolder()
const at = (name: string): string => join(folder, name)

describe('SoCo, with its pyramid and its head', () => {
  const input = writeDetector(at('soco.pth.tar'), 'soco_fpn_r50')
  const [output, config] = [at('soco.pth'), at('soco.py')]

  test('is written, and what starts untrained is reported', async () => {
    const { code, out } = await runHere(input, output, '--part', 'detector', '--config', config)
    expect(code).toBe(0)
    expect(out).toMatch(/^complete +ResNet-50, 318 of 318 tensors; plus R-CNN .*, 74 of 74 tensors$/m)
    expect(out.replace(/\s+/g, ' ')).toContain(
      'new rpn_head.*, roi_head.mask_head.* (not in the pre-training)',
    )
  })

  test('is verified, also against its source', async () => {
    const { code, out } = await runHere('verify', output, '--against', input)
    expect(out).toMatch(/^detector +ResNet-50 and R-CNN with a feature pyramid: 392 of 392 tensors$/m)
    expect(out).toMatch(/^against +all 392 tensors are identical/m)
    expect(code).toBe(0)
    const json = JSON.parse((await runHere('verify', output, '--json')).out)
    expect(json.detector).toMatchObject({ name: 'two-stage', part: 'detector' })
  })

  test('has a config with its normalisation layers, which `config` writes again from the file', async () => {
    const text = readFileSync(config, 'utf8')
    expect(text).toContain("type='Shared4Conv1FCBBoxHead'")
    expect(text).toContain(`load_from = '${output}'`)
    expect(text).toContain('init_cfg=None')
    const { out } = await runHere('config', 'backbone', '--checkpoint', output)
    expect(out).toBe(text.replace(/# Written by .*\n$/, ''))
  })

  test('a detector that the neck does not fit is refused', async () => {
    const { code, err } = await runHere('config', 'soco', '--checkpoint', output, '--detector', 'retinanet')
    expect(code).toBe(2)
    expect(err).toContain('--detector mask-rcnn')
  })

  test('without its heads', async () => {
    const neck = at('neck.pth')
    expect((await runHere(input, neck, '--part', 'neck')).code).toBe(0)
    const { out } = await runHere('verify', neck)
    expect(out).toMatch(/^detector +ResNet-50 and a neck: 366 of 366 tensors$/m)
  })

  test('ReSim has part of a pyramid, and the rest is new', async () => {
    const [source, resim] = [writeDetector(at('resim.pth.tar'), 'resim_fpn_r50'), at('resim.pth')]
    expect((await runHere(source, resim, '--part', 'detector')).code).toBe(0)
    const { code, out } = await runHere('verify', resim)
    expect(out).toContain('328 of 328 tensors')
    expect(out).toContain('neck.lateral_convs.0.*, neck.fpn_convs.0.*, neck.fpn_convs.3.*')
    expect(code).toBe(0)
  })
})

describe('DETRs', () => {
  test('one with pre-norm layers requires MMDetection 2.x, and the printed option works', async () => {
    const [input, output, config] = [
      writeDetector(at('pre.pth'), 'detreg_detr_r50_pretrain'),
      at('pre.out.pth'),
      at('pre.py'),
    ]
    const refused = await runHere(input, output, '--part', 'detector')
    expect(refused.code).toBe(4)
    expect(refused.err).toContain('use --mmdet 2')
    expect(existsSync(output)).toBe(false)
    const { code } = await runHere(input, output, '--part', 'detector', '--mmdet', '2', '--config', config)
    expect(code).toBe(0)
    const text = readFileSync(config, 'utf8')
    expect(text).toContain("operation_order=('norm', 'self_attn', 'norm', 'ffn')")
    expect(text).toContain('offset=-0.5')
    expect((await runHere('verify', output, '--against', input)).code).toBe(0)
    expect((await runHere('config', 'detreg', '--mmdet', '2', '--checkpoint', output)).out).toBe(
      text.replace(/# Written by .*\n$/, ''),
    )
  })

  test('settings that no name shows are stored in the file: box refinement', async () => {
    const [input, output] = [
      writeDetector(at('refine.pth'), 'deformable_detr_r50_refine'),
      at('refine.out.pth'),
    ]
    await runHere(input, output, '--part', 'detector')
    const again = at('again.pth')
    await runHere(output, again, '--part', 'detector')
    const { out } = await runHere('config', 'backbone', '--checkpoint', again)
    expect(out).toContain('with_box_refine=True')
    expect(out).toContain('bias=True')
    expect(out).toContain("_base_ = '../deformable_detr/deformable-detr_r50_16xb2-50e_coco.py'")
  })
})

describe('mistakes', () => {
  test('a checkpoint that contains only a backbone', async () => {
    const input = writeDetector(at('c4.pth'), 'soco_c4_r50')
    const { code, err } = await runHere(input, at('none.pth'), '--part', 'neck')
    expect(code).toBe(2)
    expect(err).toContain('omit --part')
  })

  test('verifying a backbone as a detector', async () => {
    const input = writeDetector(at('s.pth.tar'), 'soco_fpn_r50')
    const output = at('bare.pth')
    await runHere(input, output)
    const { code, err } = await runHere('verify', output, '--part', 'detector')
    expect(code).toBe(1)
    expect(err).toContain("no tensor of a backbone begins with 'backbone.'")
  })
})
