/** The picture of a network: every tensor is in one block, whatever the family calls its stages. */
import { expect, test } from 'vitest'
import { type NetworkStage, stagesOf } from '../../../src/explain/picture/stages.ts'
import { ARCHITECTURES } from '../../../src/families/index.ts'
import type { Tensor } from '../../../src/tensor/tensor.ts'
import { tensorOf } from '../../helpers/tensors.ts'

const stateOf = (names: readonly string[]): Map<string, Tensor> =>
  new Map(names.map(name => [name, tensorOf('float32', new Float32Array(2), [2])]))
const shapeOf = (stages: readonly NetworkStage[]): string =>
  stages.map(({ name, blocks }) => `${name} ${blocks.length}`).join(', ')
const numbers = (count: number): number[] => [...Array(count).keys()]

/** The stages of every family, with canonical names. */
const STAGES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ['resnet', 'resnet-c', 'resnet-d', 'resnet-mit', 'resnest', 'res2net'].map(family => [
      family,
      'stem, layer1, layer2, layer3, layer4',
    ]),
  ),
  vit: 'stem, blocks, end',
  'vit-registers': 'stem, blocks, end',
  beit: 'stem, blocks, end',
  eva02: 'stem, blocks, end',
  swin: 'stem, layers.0, layers.1, layers.2, layers.3, end',
  'swin-v2': 'stem, layers.0, layers.1, layers.2, layers.3, end',
  convnext: 'stages.0, stages.1, stages.2, stages.3, end',
  xcit: 'stem, blocks, cls_attn_blocks, end',
  regnet: 'stem, s1, s2, s3, s4',
}

test.each(ARCHITECTURES.map(architecture => [architecture.name, architecture] as const))(
  '%s: every tensor is in one block of a stage',
  (_, architecture) => {
    const names = architecture.tensors().map(({ name }) => name)
    const stages = stagesOf(stateOf(names))
    expect(stages.map(({ name }) => name).join(', ')).toBe(STAGES[architecture.family])
    const found = stages.flatMap(({ blocks }) => blocks.flatMap(({ tensors }) => tensors))
    expect(found.sort()).toEqual(names.sort())
    expect(stages.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(8 * names.length)
  },
)

test.each([
  [
    'ViT',
    [
      'cls_token',
      'patch_embed.proj.weight',
      ...numbers(12).map(n => `blocks.${n}.norm1.weight`),
      'norm.weight',
    ],
    'stem 1, blocks 12, end 1',
  ],
  [
    'ViT of MMPretrain',
    [
      'backbone.patch_embed.projection.weight',
      ...numbers(12).map(n => `backbone.layers.${n}.ffn.layers.0.0.weight`),
    ],
    'stem 1, layers 12',
  ],
  [
    'Swin',
    [
      'patch_embed.proj.weight',
      ...[2, 2, 6, 2].flatMap((count, stage) => [
        ...numbers(count).map(n => `layers.${stage}.blocks.${n}.attn.qkv.weight`),
        ...(stage < 3 ? [`layers.${stage}.downsample.norm.weight`] : []),
      ]),
      'norm.weight',
    ],
    'stem 1, layers.0 3, layers.1 3, layers.2 7, layers.3 2, end 1',
  ],
  [
    'ConvNeXt',
    [
      ...numbers(4).map(n => `downsample_layers.${n}.0.weight`),
      ...[3, 3, 9, 3].flatMap((count, stage) => numbers(count).map(n => `stages.${stage}.${n}.norm.weight`)),
      'norm0.weight',
    ],
    'stages.0 4, stages.1 4, stages.2 10, stages.3 4, end 1',
  ],
  ['a network without stages', ['a.weight', 'b.weight'], 'stem 1'],
  ['nothing', [], ''],
])('%s', (_, names, shape) => {
  const stages = stagesOf(stateOf(names))
  expect(shapeOf(stages)).toBe(shape)
  expect(stages.flatMap(({ blocks }) => blocks.flatMap(({ tensors }) => tensors)).sort()).toEqual(
    [...names].sort(),
  )
})
