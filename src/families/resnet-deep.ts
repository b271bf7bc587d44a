/**
 * ResNets with a stem of three convolutions, in the names of MMDetection (mmdet/models/backbones/resnet.py `deep_stem`,
 * resnest.py, res2net.py): ResNet-C and -D, ResNeSt, Res2Net.
 */
import type { NamingRule } from '../rename/naming.ts'
import type { Pattern } from '../rename/rules.ts'
import {
  type Architecture,
  affine,
  architecture,
  conv,
  type Family,
  norm,
  type Shapes,
  type Spelling,
  type TensorSpec,
} from './family.ts'
import { type Blocks, basic, bottleneck, D50, D101, D152, type ResNetShape, stages } from './resnet-parts.ts'

const FIRST = 'layer1.0.conv1.weight'

const STAGES: readonly NamingRule[] = [1, 2, 3, 4].map(stage => ({
  keep: `layer${stage}.*`,
  as: `layer${stage}.*`,
}))

/** What distinguishes the kinds, apart from the names of their stems. */
interface Kind {
  readonly name: string
  readonly title: string
  readonly has: readonly Pattern[]
  readonly never: readonly Pattern[]
  readonly blocks: Blocks
  readonly networks: readonly (readonly [name: string, title: string, shape: ResNetShape])[]
  /** Usual number of channels after the stem. */
  readonly usualStem?: number
  /** The names of possible stems; by default all. */
  readonly stems?: readonly string[]
}

/** Layers of other networks: squeeze and excitation in all spellings, selective kernels, IBN, deformable convolutions. */
const OTHER_BLOCKS = [
  'layer1.0.se.*',
  'layer1.0.conv2.*.weight',
  'layer1.0.convs.0.weight',
  'layer1.0.bn1.IN.*',
] as const

/** The shortcut pools before its convolution. */
const POOLED: Pattern = 'layer2.0.downsample.2.weight'

function plain(kind: string, suffix: string): Kind['networks'] {
  const all = [
    ['18', basic([2, 2, 2, 2])],
    ['34', basic([3, 4, 6, 3])],
    ['50', bottleneck(D50)],
    ['101', bottleneck(D101)],
    ['152', bottleneck(D152)],
  ] as const
  return all.map(([depth, shape]) => [`resnet${depth}${kind}`, `ResNet-${depth}${suffix}`, shape])
}

/** A split-attention convolution of two paths (zhanghang1989/ResNeSt resnest/torch/models/splat.py). */
function splitAttention(name: string, planes: number): TensorSpec[] {
  const at = `${name}.conv2`
  const between = Math.max(planes / 2, 32)
  return [
    ...conv(`${at}.conv`, planes / 2, 2 * planes, 3),
    ...norm(`${at}.bn0`, 2 * planes),
    ...affine(`${at}.fc1`, [between, planes, 1, 1]),
    ...norm(`${at}.bn1`, between),
    ...affine(`${at}.fc2`, [2 * planes, between, 1, 1]),
  ]
}

/** Three 3×3 convolutions for the four parts of the map, with 26 channels in the first stage. */
function hierarchical(name: string, planes: number): TensorSpec[] {
  const width = (26 * planes) / 64
  return [0, 1, 2].flatMap(part => [
    ...conv(`${name}.convs.${part}`, width, width, 3),
    ...norm(`${name}.bns.${part}`, width),
  ])
}

const KINDS: readonly Kind[] = [
  {
    name: 'resnet-d',
    title: 'ResNet-D',
    has: [POOLED, FIRST],
    never: OTHER_BLOCKS,
    blocks: { shortcut: 1 },
    networks: plain('d', '-D'),
  },
  {
    name: 'resnet-c',
    title: 'ResNet-C',
    has: [FIRST, 'layer2.0.downsample.0.weight'],
    never: [...OTHER_BLOCKS, POOLED],
    blocks: {},
    networks: plain('c', '-C'),
    stems: ['mmdetection', 'mmpretrain', 'timm'],
  },
  {
    // A separate family, because its stem has the same names as CLIP's ResNets, which pool where this one has strides.
    name: 'resnet-mit',
    title: 'ResNet-C of MIT',
    has: [FIRST, 'layer2.0.downsample.0.weight'],
    never: [...OTHER_BLOCKS, POOLED],
    blocks: {},
    networks: plain('-mit', '-C of MIT'),
    usualStem: 128,
    stems: ['three convolutions', 'mmdetection'],
  },
  {
    name: 'resnest',
    title: 'ResNeSt',
    has: [POOLED, 'layer1.0.conv2.conv.weight', 'layer1.0.conv2.bn0.weight'],
    never: [],
    blocks: { shortcut: 1, middle: splitAttention },
    networks: [
      ['resnest50', 'ResNeSt-50', bottleneck(D50)],
      ['resnest101', 'ResNeSt-101', bottleneck(D101)],
      ['resnest152', 'ResNeSt-152', bottleneck(D152)],
      ['resnest200', 'ResNeSt-200', bottleneck([3, 24, 36, 3])],
    ],
  },
  {
    name: 'res2net',
    title: 'Res2Net',
    has: [POOLED, 'layer1.0.convs.0.weight', 'layer1.0.bns.0.weight'],
    never: ['layer1.0.se.*'],
    blocks: { shortcut: 1, middle: hierarchical },
    networks: [
      ['res2net50d', 'Res2Net-50-v1d 26w×4s', bottleneck(D50, { groups: 4, widthPerGroup: 26 })],
      ['res2net101d', 'Res2Net-101-v1d 26w×4s', bottleneck(D101, { groups: 4, widthPerGroup: 26 })],
      ['res2net152d', 'Res2Net-152-v1d 26w×4s', bottleneck(D152, { groups: 4, widthPerGroup: 26 })],
    ],
  },
]

/** What the tensors show besides the size. */
interface Variant {
  readonly channels: number
  /** Channels after the stem. */
  readonly stem: number
}

function variantOf({ usualStem = 64 }: Kind, state?: Shapes): Variant {
  return {
    channels: state?.get('stem.0.weight')?.shape[1] ?? 3,
    stem: state?.get('stem.6.weight')?.shape[0] ?? usualStem,
  }
}

function network(kind: Kind, [name, title, shape]: Kind['networks'][number], variant: Variant): Architecture {
  const { channels, stem } = variant
  const half = stem / 2
  return architecture({ name, title, family: kind.name, facts: { ...variant } }, () => [
    ...conv('stem.0', channels, half, 3),
    ...norm('stem.1', half),
    ...conv('stem.3', half, half, 3),
    ...norm('stem.4', half),
    ...conv('stem.6', half, stem, 3),
    ...norm('stem.7', stem),
    ...stages(shape, stem, kind.blocks),
  ])
}

/** Names of a stem in code bases. */
const STEMS: readonly (Pick<Spelling, 'name' | 'code' | 'rules'> & { readonly has: readonly Pattern[] })[] = [
  {
    name: 'mmdetection',
    code: 'open-mmlab/mmdetection mmdet/models/backbones/resnet.py (deep_stem)',
    has: ['stem.0.weight', 'stem.7.running_mean'],
    rules: [{ keep: 'stem.*', as: 'stem.*' }],
  },
  {
    name: 'mmpretrain',
    code: 'open-mmlab/mmpretrain mmpretrain/models/backbones/resnet.py (deep_stem)',
    has: ['stem.0.conv.weight', 'stem.2.bn.running_mean'],
    rules: [0, 1, 2].flatMap(index => [
      { keep: `stem.${index}.conv.*`, as: `stem.${3 * index}.*` },
      { keep: `stem.${index}.bn.*`, as: `stem.${3 * index + 1}.*` },
    ]),
  },
  {
    name: 'timm',
    code: 'huggingface/pytorch-image-models timm/models/resnet.py; zhanghang1989/ResNeSt resnest/torch/models/resnet.py',
    has: ['conv1.0.weight', 'conv1.6.weight', 'bn1.running_mean'],
    rules: [
      { keep: 'conv1.*', as: 'stem.*' },
      { keep: 'bn1.*', as: 'stem.7.*' },
    ],
  },
  {
    name: 'three convolutions',
    code: 'CSAILVision/semantic-segmentation-pytorch mit_semseg/models/resnet.py',
    has: ['conv1.weight', 'conv2.weight', 'conv3.weight', 'bn3.running_mean'],
    rules: [0, 1, 2].flatMap(index => [
      { keep: `conv${index + 1}.*`, as: `stem.${3 * index}.*` },
      { keep: `bn${index + 1}.*`, as: `stem.${3 * index + 1}.*` },
    ]),
  },
]

function spellingsOf({ has, never, stems }: Kind): readonly Spelling[] {
  return STEMS.filter(({ name }) => stems?.includes(name) ?? true).map(stem => ({
    ...stem,
    has: [...stem.has, ...has],
    never,
    rules: [...stem.rules, ...STAGES],
  }))
}

/** ResNet-C and -D, ResNeSt and Res2Net: separate families, because each needs its own class. */
export const DEEP_FAMILIES: readonly Family[] = KINDS.map(kind => ({
  name: kind.name,
  title: kind.title,
  architectures: state => kind.networks.map(each => network(kind, each, variantOf(kind, state))),
  look: {
    firstLayer: 'stem.0.weight',
    stages: [[/^(layer\d+)\./, '$1']],
    initial: 'he',
  },
  spellings: spellingsOf(kind),
}))
