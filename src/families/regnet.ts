/**
 * RegNet Y, in timm's names (timm/models/regnet.py): convolutional networks with squeeze and excitation. VISSL's SEER and
 * large SwAV networks are RegNets.
 */
import type { NamingRule } from '../rename/naming.ts'
import {
  type Architecture,
  affine,
  architecture,
  conv,
  type Family,
  norm,
  type TensorSpec,
} from './family.ts'

interface Size {
  readonly name: string
  readonly title: string
  readonly depths: readonly number[]
  readonly widths: readonly number[]
  /** Channels per group of the 3×3 convolutions. */
  readonly group: number
}

/** Depths and widths as timm's `generate_regnet` computes them. */
const SIZES: readonly Size[] = [
  {
    name: 'regnety_032',
    title: 'RegNetY-3.2GF',
    depths: [2, 5, 13, 1],
    widths: [72, 216, 576, 1512],
    group: 24,
  },
  {
    name: 'regnety_160',
    title: 'RegNetY-16GF',
    depths: [2, 4, 11, 1],
    widths: [224, 448, 1232, 3024],
    group: 112,
  },
  {
    name: 'regnety_320',
    title: 'RegNetY-32GF',
    depths: [2, 5, 12, 1],
    widths: [232, 696, 1392, 3712],
    group: 232,
  },
  {
    name: 'regnety_640',
    title: 'RegNetY-64GF',
    depths: [2, 5, 12, 1],
    widths: [328, 984, 1968, 4920],
    group: 328,
  },
  {
    name: 'regnety_1280',
    title: 'RegNetY-128GF',
    depths: [2, 7, 17, 1],
    widths: [528, 1056, 2904, 7392],
    group: 264,
  },
]

const STEM = 32

function regnet({ name, title, depths, widths, group }: Size): Architecture {
  return architecture({ name, title, family: 'regnet', facts: { depths, widths, group } }, () => [
    ...layer('stem', 3, STEM, 3),
    ...depths.flatMap((depth, stage) => {
      const inputs = stage === 0 ? STEM : widths[stage - 1]!
      return Array.from({ length: depth }, (_, index) =>
        block(
          `s${stage + 1}.b${index + 1}`,
          index === 0 ? inputs : widths[stage]!,
          widths[stage]!,
          group,
          index === 0,
        ),
      ).flat()
    }),
  ])
}

/** A convolution and its normalisation. */
function layer(name: string, inputs: number, outputs: number, kernel: number): TensorSpec[] {
  return [...conv(`${name}.conv`, inputs, outputs, kernel), ...norm(`${name}.bn`, outputs)]
}

function block(name: string, inputs: number, width: number, group: number, first: boolean): TensorSpec[] {
  const squeezed = Math.round(inputs / 4)
  return [
    ...layer(`${name}.conv1`, inputs, width, 1),
    ...layer(`${name}.conv2`, group, width, 3),
    ...affine(`${name}.se.fc1`, [squeezed, width, 1, 1]),
    ...affine(`${name}.se.fc2`, [width, squeezed, 1, 1]),
    ...layer(`${name}.conv3`, width, width, 1),
    ...(first ? layer(`${name}.downsample`, inputs, width, 1) : []),
  ]
}

const PARTS = ['weight', 'bias', 'running_mean', 'running_var', 'num_batches_tracked'] as const

/** A VISSL block by its number, counted from 0; timm counts from 1. */
function visslBlock(stage: number, index: number): NamingRule[] {
  const [from, to] = [`res${stage}.block${stage - 1}-${index}`, `s${stage - 1}.b${index + 1}`]
  return [
    { keep: `${from}.proj.*`, as: `${to}.downsample.conv.*` },
    { keep: `${from}.bn.*`, as: `${to}.downsample.bn.*` },
    { keep: `${from}.f.a.0.*`, as: `${to}.conv1.conv.*` },
    { keep: `${from}.f.a.1.*`, as: `${to}.conv1.bn.*` },
    { keep: `${from}.f.b.0.*`, as: `${to}.conv2.conv.*` },
    { keep: `${from}.f.b.1.*`, as: `${to}.conv2.bn.*` },
    { keep: `${from}.f.se.excitation.0.*`, as: `${to}.se.fc1.*` },
    { keep: `${from}.f.se.excitation.2.*`, as: `${to}.se.fc2.*` },
    { keep: `${from}.f.c.*`, as: `${to}.conv3.conv.*` },
    { keep: `${from}.f.final_bn.*`, as: `${to}.conv3.bn.*` },
  ]
}

/** A transformers block, also counted from 0. */
function transformersBlock(stage: number, index: number): NamingRule[] {
  const [from, to] = [`encoder.stages.${stage}.layers.${index}`, `s${stage + 1}.b${index + 1}`]
  return [
    { keep: `${from}.shortcut.convolution.*`, as: `${to}.downsample.conv.*` },
    { keep: `${from}.shortcut.normalization.*`, as: `${to}.downsample.bn.*` },
    ...[
      [0, 'conv1'],
      [1, 'conv2'],
      [3, 'conv3'],
    ].flatMap(([layer, name]) => [
      { keep: `${from}.layer.${layer}.convolution.*`, as: `${to}.${name}.conv.*` },
      { keep: `${from}.layer.${layer}.normalization.*`, as: `${to}.${name}.bn.*` },
    ]),
    { keep: `${from}.layer.2.attention.0.*`, as: `${to}.se.fc1.*` },
    { keep: `${from}.layer.2.attention.2.*`, as: `${to}.se.fc2.*` },
  ]
}

const LONGEST = 17

/** Rules for every possible block: 1,400, which no other network needs. */
function blocksOf(stages: readonly number[], rulesOf: typeof visslBlock): readonly NamingRule[] {
  return stages.flatMap(stage => Array.from({ length: LONGEST }, (_, index) => rulesOf(stage, index)).flat())
}

let vissl: readonly NamingRule[] | undefined
let transformers: readonly NamingRule[] | undefined

/** RegNets of the Y type. */
export const regnetFamily: Family = {
  name: 'regnet',
  title: 'RegNetY',
  architectures: () => SIZES.map(regnet),
  look: {
    firstLayer: 'stem.conv.weight',
    stages: [[/^(s\d)\./, '$1']],
    initial: 'he',
  },
  spellings: [
    {
      name: 'timm',
      code: 'huggingface/pytorch-image-models timm/models/regnet.py',
      has: ['stem.conv.weight', 's1.b1.conv1.conv.weight', 's1.b1.se.fc1.weight'],
      rules: [
        { drop: 'head.fc.*', because: 'classification head' },
        { keep: 'stem.*', as: 'stem.*' },
        ...[1, 2, 3, 4].map(stage => ({ keep: `s${stage}.*`, as: `s${stage}.*` })),
      ],
    },
    {
      name: 'vissl',
      code: 'facebookresearch/vissl vissl/models/trunks/regnet.py; timm/models/regnet.py _filter_fn',
      has: ['conv1.stem.0.weight', 'res2.block1-0.f.se.excitation.0.weight'],
      get rules() {
        vissl ??= [
          ...PARTS.map(part => ({ keep: `conv1.stem.1.${part}`, as: `stem.bn.${part}` })),
          { keep: 'conv1.stem.0.weight', as: 'stem.conv.weight' },
          ...blocksOf([2, 3, 4, 5], visslBlock),
        ]
        return vissl
      },
    },
    {
      name: 'transformers',
      code: 'huggingface/transformers models/regnet/modeling_regnet.py',
      has: ['embedder.embedder.convolution.weight', 'encoder.stages.0.layers.0.layer.2.attention.0.weight'],
      get rules() {
        transformers ??= [
          { keep: 'embedder.embedder.convolution.*', as: 'stem.conv.*' },
          { keep: 'embedder.embedder.normalization.*', as: 'stem.bn.*' },
          ...blocksOf([0, 1, 2, 3], transformersBlock),
        ]
        return transformers
      },
    },
    {
      name: 'mmpretrain.TIMMBackbone',
      code: 'open-mmlab/mmpretrain mmpretrain/models/backbones/timm_backbone.py (features_only)',
      has: ['timm_model.stem.conv.weight', 'timm_model.s1.b1.se.fc1.weight'],
      rules: [{ keep: 'timm_model.*', as: '*' }],
    },
  ],
}
