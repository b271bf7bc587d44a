/** Swin Transformers, in the names of their authors (microsoft/Swin-Transformer models/swin_transformer.py). */
import type { NamingRule, Reordering } from '../rename/naming.ts'
import {
  type Architecture,
  affine,
  architecture,
  type Family,
  float,
  LAST_STAGE,
  type Shapes,
  type TensorSpec,
} from './family.ts'
import { inSwin, swinAttention } from './transformers.ts'

interface Size {
  readonly name: string
  readonly title: string
  readonly dims: number
  readonly depths: readonly number[]
  readonly heads: readonly number[]
}

const SIZES: readonly Size[] = [
  { name: 'swin-tiny', title: 'Swin-T', dims: 96, depths: [2, 2, 6, 2], heads: [3, 6, 12, 24] },
  { name: 'swin-small', title: 'Swin-S', dims: 96, depths: [2, 2, 18, 2], heads: [3, 6, 12, 24] },
  { name: 'swin-base', title: 'Swin-B', dims: 128, depths: [2, 2, 18, 2], heads: [4, 8, 16, 32] },
  { name: 'swin-large', title: 'Swin-L', dims: 192, depths: [2, 2, 18, 2], heads: [6, 12, 24, 48] },
]

/** What a Swin's tensors say about it, beside its size. */
interface Variant {
  readonly channels: number
  /** Of each stage: where the map is smaller than the window, the authors' class takes the map's side. */
  readonly windows: readonly number[]
  readonly absolutePositions: boolean
  readonly finalNorm: boolean
}

const STAGES = [0, 1, 2, 3] as const

const USUAL: Variant = { channels: 3, windows: [7, 7, 7, 7], absolutePositions: false, finalNorm: true }

function variantOf(state: Shapes): Variant {
  return {
    channels: state.get('patch_embed.proj.weight')?.shape[1] ?? USUAL.channels,
    windows: STAGES.map(stage => windowOf(state, stage) ?? 7),
    absolutePositions: state.has('absolute_pos_embed'),
    finalNorm: state.has('norm.weight'),
  }
}

/** A table has a row for each difference of two places in a window: (2w - 1)². */
function windowOf(state: Shapes, stage: number): number | undefined {
  const rows = state.get(`layers.${stage}.blocks.0.attn.relative_position_bias_table`)?.shape[0]
  const window = (Math.sqrt(rows ?? 0) + 1) / 2
  return Number.isInteger(window) ? window : undefined
}

function swin({ name, title, dims, depths, heads }: Size, variant: Variant, state?: Shapes): Architecture {
  const { channels, windows } = variant
  const places = state?.get('absolute_pos_embed')?.shape[1] ?? 56 * 56
  return architecture({ name, title, family: 'swin', facts: { dims, depths, heads, ...variant } }, () => [
    ...affine('patch_embed.proj', [dims, channels, 4, 4]),
    ...affine('patch_embed.norm', [dims]),
    ...(variant.absolutePositions ? [float('absolute_pos_embed', 1, places, dims)] : []),
    ...STAGES.flatMap(stage => {
      const width = dims * 2 ** stage
      const blocks = Array.from({ length: depths[stage]! }, (_, index) =>
        block(`layers.${stage}.blocks.${index}`, width, heads[stage]!, windows[stage]!),
      )
      return [...blocks.flat(), ...(stage < 3 ? downsample(`layers.${stage}.downsample`, width) : [])]
    }),
    ...(variant.finalNorm ? affine('norm', [8 * dims]) : []),
  ])
}

function block(name: string, width: number, heads: number, window: number): TensorSpec[] {
  return [
    ...affine(`${name}.norm1`, [width]),
    float(`${name}.attn.relative_position_bias_table`, (2 * window - 1) ** 2, heads),
    ...affine(`${name}.attn.qkv`, [3 * width, width]),
    ...affine(`${name}.attn.proj`, [width, width]),
    ...affine(`${name}.norm2`, [width]),
    ...affine(`${name}.mlp.fc1`, [4 * width, width]),
    ...affine(`${name}.mlp.fc2`, [width, 4 * width]),
  ]
}

function downsample(name: string, width: number): TensorSpec[] {
  return [
    ...affine(`${name}.reduction`, [2 * width, 4 * width], false),
    ...affine(`${name}.norm`, [4 * width]),
  ]
}

/** Computed from the window when the network is built, and of another shape with another window. */
const REBUILT: readonly NamingRule[] = [
  { drop: '*.relative_position_index', because: 'position index, which the network computes' },
  { drop: '*.attn_mask', because: 'attention mask, which the network computes' },
]

const BESIDE: readonly NamingRule[] = [
  ...REBUILT,
  { drop: 'mask_token', because: 'stand-in for masked patches' },
  { drop: 'head.*', because: 'classification head' },
]

const NEVER = ['*.logit_scale', '*.cpb_mlp.*'] as const

/**
 * MMDetection merges patches with `nn.Unfold`, which has the channels outside and the four pixels of a patch inside, column by
 * column; the authors put four blocks of channels behind each other, row by row (mmdet/models/backbones/swin.py swin_converter).
 */
const MERGED_WEIGHT: Reordering = { split: [['*'], ['*', 2, 2]], order: [0, 3, 2, 1], merge: [1, 3] }
const MERGED_NORM: Reordering = { split: [['*', 2, 2]], order: [2, 1, 0], merge: [3] }

const both = (keep: string, as: string): readonly NamingRule[] =>
  ['weight', 'bias'].map(part => ({ keep: `${keep}.${part}`, as: `${as}.${part}` }))

/** Swin Transformers of all sizes and windows. */
export const swinFamily: Family = {
  name: 'swin',
  title: 'Swin Transformer',
  architectures: state => SIZES.map(size => swin(size, state ? variantOf(state) : USUAL, state)),
  look: {
    firstLayer: 'patch_embed.proj.weight',
    stages: [
      [/^(layers\.\d+)\./, '$1'],
      [/^norm\./, LAST_STAGE],
    ],
    initial: 'small',
  },
  spellings: [
    {
      name: 'official',
      code: 'microsoft/Swin-Transformer models/swin_transformer.py',
      has: ['layers.0.blocks.0.attn.relative_position_bias_table', 'layers.0.downsample.reduction.weight'],
      never: NEVER,
      rules: [
        ...BESIDE,
        { keep: 'patch_embed.*', as: 'patch_embed.*' },
        { keep: 'absolute_pos_embed', as: 'absolute_pos_embed' },
        { keep: 'layers.*', as: 'layers.*' },
        { keep: 'norm.*', as: 'norm.*' },
      ],
    },
    {
      // A stage begins with the merging that the authors have at the end of the one before.
      name: 'timm',
      code: 'huggingface/pytorch-image-models timm/models/swin_transformer.py',
      has: ['layers.0.blocks.0.attn.relative_position_bias_table', 'layers.3.downsample.reduction.weight'],
      never: [...NEVER, 'layers.0.downsample.reduction.weight'],
      rules: [
        ...BESIDE,
        { keep: 'patch_embed.*', as: 'patch_embed.*' },
        ...[1, 2, 3].map(stage => ({
          keep: `layers.${stage}.downsample.*`,
          as: `layers.${stage - 1}.downsample.*`,
        })),
        { keep: 'layers.*', as: 'layers.*' },
        { keep: 'norm.*', as: 'norm.*' },
      ],
    },
    {
      name: 'transformers',
      code: 'huggingface/transformers models/swin/modeling_swin.py',
      has: [
        'embeddings.patch_embeddings.projection.weight',
        'embeddings.norm.weight',
        '*layers.0.downsample.reduction.weight',
        '*.relative_position_bias_table',
      ],
      never: NEVER,
      rules: [
        ...REBUILT,
        ...inSwin,
        { keep: 'embeddings.position_embeddings', as: 'absolute_pos_embed' },
        ...['encoder.layers.*.attention.self', 'layers.*.attention'].map(from => ({
          keep: `${from}.relative_position_bias_table`,
          as: 'layers.*.attn.relative_position_bias_table',
        })),
        ...swinAttention('weight'),
        ...swinAttention('bias'),
      ],
    },
    {
      name: 'mmdetection',
      code: 'open-mmlab/mmdetection mmdet/models/backbones/swin.py; mmpretrain has the same names',
      has: ['stages.0.blocks.0.attn.w_msa.relative_position_bias_table', 'patch_embed.projection.weight'],
      never: NEVER,
      rules: [
        ...REBUILT,
        { drop: 'mask_token', because: 'stand-in for masked patches' },
        ...[0, 1, 2].map(stage => ({
          drop: `norm${stage}.*`,
          because: 'normalisation of a feature map, which detection adds',
        })),
        { keep: 'patch_embed.projection.*', as: 'patch_embed.proj.*' },
        { keep: 'patch_embed.norm.*', as: 'patch_embed.norm.*' },
        { keep: 'absolute_pos_embed', as: 'absolute_pos_embed' },
        {
          keep: 'stages.*.attn.w_msa.relative_position_bias_table',
          as: 'layers.*.attn.relative_position_bias_table',
        },
        ...both('stages.*.norm1', 'layers.*.norm1'),
        ...both('stages.*.attn.w_msa.qkv', 'layers.*.attn.qkv'),
        ...both('stages.*.attn.w_msa.proj', 'layers.*.attn.proj'),
        ...both('stages.*.norm2', 'layers.*.norm2'),
        ...both('stages.*.ffn.layers.0.0', 'layers.*.mlp.fc1'),
        ...both('stages.*.ffn.layers.1', 'layers.*.mlp.fc2'),
        {
          keep: 'stages.*.downsample.reduction.weight',
          as: 'layers.*.downsample.reduction.weight',
          reorder: MERGED_WEIGHT,
        },
        ...both('stages.*.downsample.norm', 'layers.*.downsample.norm').map(rule => ({
          ...rule,
          reorder: MERGED_NORM,
        })),
        { keep: 'norm3.*', as: 'norm.*' },
      ],
    },
  ],
}
