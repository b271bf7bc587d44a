/** The next step after a conversion: settings for a detector's config, and where a config goes. */
import { describe, expect, test } from 'vitest'
import { whereItBelongs } from '../../src/cli/next-step.ts'
import { snippetFor } from '../../src/convert/config.ts'
import { ARCHITECTURES } from '../../src/families/index.ts'

const named = (name: string) => ARCHITECTURES.find(one => one.name === name)!

describe('settings for an existing config', () => {
  test('a ResNet-50 needs its checkpoint, and its number of channels unless it is three', () => {
    const { facts, ...others } = named('resnet50')
    expect(snippetFor({ facts, ...others }, 'moco.pth')).toBe(
      "model = dict(\n    backbone=dict(init_cfg=dict(type='Pretrained', checkpoint='moco.pth')))\n",
    )
    expect(snippetFor({ ...others, facts: { ...facts, channels: 13 } }, 'sentinel2_moco.pth')).toBe(
      "model = dict(\n    backbone=dict(\n        in_channels=13,\n        init_cfg=dict(type='Pretrained', checkpoint='sentinel2_moco.pth')))\n",
    )
  })

  test('a smaller one needs its depth, and a different neck', () => {
    const text = snippetFor(named('resnet18'), 'x.pth')
    expect(text).toContain('depth=18')
    expect(text).toContain('neck=dict(in_channels=[64, 128, 256, 512])')
  })

  test('for other networks, a few lines are not enough', () => {
    expect(snippetFor(named('vit-base'), 'x.pth')).toBeUndefined()
  })
})

test.each([
  [
    'a/c.py',
    'mmdetection',
    'put a/c.py into configs/selfsup_pretrain of a clone of MMDetection, then run in the clone: python tools/train.py configs/selfsup_pretrain/c.py',
  ],
  [
    'c.py',
    'vitdet',
    'put c.py into projects/ViTDet/configs of a clone of MMDetection, then run in the clone: python tools/train.py projects/ViTDet/configs/c.py',
  ],
  [
    '/m/configs/mine/c.py',
    'mmdetection',
    'in the clone of MMDetection, run: python tools/train.py configs/mine/c.py',
  ],
] as const)('%s for %s', (path, target, words) => {
  expect(whereItBelongs(path, target)).toBe(words)
})
