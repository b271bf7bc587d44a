/** The ResNet family, in the names of torchvision and MMDetection (torchvision/models/resnet.py). */
import type { NamingRule } from '../rename/naming.ts'
import {
  type Architecture,
  architecture,
  conv,
  type Family,
  norm,
  type Shapes,
  type Spelling,
  type TensorSpec,
} from './family.ts'
import { basic, bottleneck, D50, D101, D152, type ResNetShape, stages } from './resnet-parts.ts'
import { transformersSpelling } from './resnet-transformers.ts'

const NETWORKS: readonly (readonly [name: string, title: string, shape: ResNetShape])[] = [
  ['resnet18', 'ResNet-18', basic([2, 2, 2, 2])],
  ['resnet34', 'ResNet-34', basic([3, 4, 6, 3])],
  ['resnet50', 'ResNet-50', bottleneck(D50)],
  ['resnet101', 'ResNet-101', bottleneck(D101)],
  ['resnet152', 'ResNet-152', bottleneck(D152)],
  ['resnext50_32x4d', 'ResNeXt-50 32x4d', bottleneck(D50, { groups: 32, widthPerGroup: 4 })],
  ['resnext101_32x4d', 'ResNeXt-101 32x4d', bottleneck(D101, { groups: 32, widthPerGroup: 4 })],
  ['resnext101_32x8d', 'ResNeXt-101 32x8d', bottleneck(D101, { groups: 32, widthPerGroup: 8 })],
  ['resnext101_64x4d', 'ResNeXt-101 64x4d', bottleneck(D101, { groups: 64, widthPerGroup: 4 })],
  ['resnext152_32x4d', 'ResNeXt-152 32x4d', bottleneck(D152, { groups: 32, widthPerGroup: 4 })],
  ['resnext152_32x8d', 'ResNeXt-152 32x8d', bottleneck(D152, { groups: 32, widthPerGroup: 8 })],
  ['wide_resnet50_2', 'Wide-ResNet-50-2', bottleneck(D50, { widthPerGroup: 128 })],
  ['wide_resnet101_2', 'Wide-ResNet-101-2', bottleneck(D101, { widthPerGroup: 128 })],
  ['resnet50w2', 'ResNet-50 of twice the width (RN50-w2)', bottleneck(D50, { widen: 2 })],
  ['resnet50w4', 'ResNet-50 of four times the width (RN50-w4)', bottleneck(D50, { widen: 4 })],
  ['resnet50w5', 'ResNet-50 of five times the width (RN50-w5)', bottleneck(D50, { widen: 5 })],
]

/**
 * A ResNet of any depth and width. Lists its tensors on demand.
 * @param name as people type it: `resnet50`
 * @param title for messages: `ResNet-50`
 * @param channels of the images: 3, or the bands of a satellite
 */
export function resnet(name: string, title: string, shape: ResNetShape, channels = 3): Architecture {
  return architecture(
    { name, title, family: 'resnet', facts: { channels }, count: countTensors(shape) },
    () => allTensors(shape, channels),
  )
}

const RGB = NETWORKS.map(([name, title, shape]) => resnet(name, title, shape))

function ofChannels(state?: Shapes): readonly Architecture[] {
  const stem = state?.get('conv1.weight')?.shape
  const channels = stem?.length === 4 && stem[2] === 7 ? stem[1]! : 3
  return channels === 3 ? RGB : NETWORKS.map(([name, title, shape]) => resnet(name, title, shape, channels))
}

const STAGES = [1, 2, 3, 4] as const

const STAGE_NAMES = ['layer1.0.conv1.weight', 'layer4.0.conv1.weight'] as const

const STAGE_RULES: readonly NamingRule[] = STAGES.map(stage => ({
  keep: `layer${stage}.*`,
  as: `layer${stage}.*`,
}))

/** A stem in its own module, with these names for convolution and normalisation. */
function stemAt(name: string, stem: string, first: string, second: string): Spelling {
  const [convolution, normalisation] = [`${stem}.${first}`, `${stem}.${second}`]
  return {
    name,
    code: 'torch.nn.Sequential around the stem of torchvision/models/resnet.py',
    has: [`${convolution}.weight`, `${normalisation}.running_mean`, ...STAGE_NAMES],
    // A stem of three convolutions.
    never: [`${stem}.3.weight`, `${stem}.conv2.weight`],
    rules: [
      { keep: `${convolution}.*`, as: 'conv1.*' },
      { keep: `${normalisation}.*`, as: 'bn1.*' },
      ...STAGE_RULES,
    ],
  }
}

/** A stage: `net` contains its blocks' layers by number, `projection` the first block's shortcut. */
function simclrStage(stage: number): NamingRule[] {
  const layer = `layer${stage}`
  return [
    ...[1, 2, 3].map(n => ({
      keep: `net.${stage}.blocks.*.net.${2 * n - 2}.weight`,
      as: `${layer}.*.conv${n}.weight`,
    })),
    { keep: `net.${stage}.blocks.0.projection.shortcut.weight`, as: `${layer}.0.downsample.0.weight` },
    { keep: `net.${stage}.blocks.0.projection.bn.0.*`, as: `${layer}.0.downsample.1.*` },
    ...['weight', 'bias', 'running_mean', 'running_var', 'num_batches_tracked'].flatMap(entry =>
      [1, 2, 3].map(n => ({
        keep: `net.${stage}.blocks.*.net.${2 * n - 1}.0.${entry}`,
        as: `${layer}.*.bn${n}.${entry}`,
      })),
    ),
  ]
}

/** Residual networks of torchvision's design, for images of any number of channels. */
export const resnetFamily: Family = {
  name: 'resnet',
  title: 'ResNet',
  architectures: ofChannels,
  look: {
    firstLayer: 'conv1.weight',
    stages: [[/^(layer\d+)\./, '$1']],
    initial: 'he',
  },
  spellings: [
    {
      name: 'torchvision',
      code: 'pytorch/vision torchvision/models/resnet.py',
      has: ['conv1.weight', 'bn1.weight', ...STAGE_NAMES],
      // A stem of three convolutions, as in CLIP's ResNets.
      never: ['conv2.weight', 'conv3.weight'],
      rules: [{ keep: 'conv1.*', as: 'conv1.*' }, { keep: 'bn1.*', as: 'bn1.*' }, ...STAGE_RULES],
    },
    {
      // 2 is the ReLU, 3 the pooling; neither has tensors.
      name: 'numbered',
      code: 'torch.nn.Sequential(*list(resnet.children())[:-1])',
      has: ['0.weight', '1.running_mean', '4.0.conv1.weight', '7.0.conv1.weight'],
      rules: [
        { keep: '0.*', as: 'conv1.*' },
        { keep: '1.*', as: 'bn1.*' },
        ...STAGES.map(stage => ({ keep: `${stage + 3}.*`, as: `layer${stage}.*` })),
      ],
    },
    stemAt('stem by number', 'stem', '0', '1'),
    stemAt('stem by name', 'stem', 'conv1', 'bn1'),
    stemAt('layer0', 'layer0', '0', '1'),
    {
      name: 'obow',
      code: 'valeoai/obow obow/feature_extractor.py',
      has: ['_feature_blocks.0.Conv.weight', '_feature_blocks.4.0.conv1.weight'],
      rules: [
        { keep: '_feature_blocks.0.Conv.*', as: 'conv1.*' },
        { keep: '_feature_blocks.0.bn.*', as: 'bn1.*' },
        ...STAGES.map(stage => ({ keep: `_feature_blocks.${stage}.*`, as: `layer${stage}.*` })),
      ],
    },
    {
      // Models with selective kernels (`sk1`) have a different stem.
      name: 'simclr-v2',
      code: 'Separius/SimCLRv2-Pytorch resnet.py',
      has: ['net.0.0.weight', 'net.1.blocks.0.projection.shortcut.weight'],
      rules: [
        { keep: 'net.0.0.weight', as: 'conv1.weight' },
        { keep: 'net.0.1.0.*', as: 'bn1.*' },
        ...STAGES.flatMap(simclrStage),
      ],
    },
    transformersSpelling,
  ],
}

/** A convolution and its normalisation have five tensors: the stem, 2 or 3 in each block, and one in each shortcut. */
function countTensors({ blocks, block }: ResNetShape): number {
  const total = blocks.reduce((sum, count) => sum + count, 0)
  const pairs = block === 'basic' ? 1 + 2 * total + 3 : 1 + 3 * total + 4
  return 5 * pairs
}

function allTensors(shape: ResNetShape, channels: number): TensorSpec[] {
  const base = 64 * (shape.widen ?? 1)
  return [...conv('conv1', channels, base, 7), ...norm('bn1', base), ...stages(shape, base)]
}
