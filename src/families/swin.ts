/** Swin Transformers, in the names of their authors (microsoft/Swin-Transformer models/swin_transformer.py). */
import { both, type NamingRule, type Reordering } from '../rename/naming.ts'
import {
  type Architecture,
  affine,
  architecture,
  type Family,
  float,
  MAP_NORMS,
  MAPS_OF_TRANSFORMERS,
  type Shapes,
  type TensorSpec,
} from './family.ts'
import {
  MERGED_WEIGHT,
  SWIN_LOOK,
  SWIN_STAGES,
  type SwinSize,
  swinTensors,
  TIMM_MERGING,
} from './swin-parts.ts'
import { inSwin, swinAttention } from './transformers.ts'

const SIZES: readonly SwinSize[] = [
  { name: 'swin-tiny', title: 'Swin-T', dims: 96, depths: [2, 2, 6, 2], heads: [3, 6, 12, 24] },
  { name: 'swin-small', title: 'Swin-S', dims: 96, depths: [2, 2, 18, 2], heads: [3, 6, 12, 24] },
  { name: 'swin-base', title: 'Swin-B', dims: 128, depths: [2, 2, 18, 2], heads: [4, 8, 16, 32] },
  { name: 'swin-large', title: 'Swin-L', dims: 192, depths: [2, 2, 18, 2], heads: [6, 12, 24, 48] },
]

/** What a Swin's tensors show besides its size. */
interface Variant {
  readonly channels: number
  /** For each stage: if the map is smaller than the window, the authors' class uses the map's side. */
  readonly windows: readonly number[]
  readonly absolutePositions: boolean
  readonly finalNorm: boolean
}

const USUAL: Variant = { channels: 3, windows: [7, 7, 7, 7], absolutePositions: false, finalNorm: true }

function variantOf(state: Shapes): Variant {
  return {
    channels: state.get('patch_embed.proj.weight')?.shape[1] ?? USUAL.channels,
    windows: SWIN_STAGES.map(stage => windowOf(state, stage) ?? 7),
    absolutePositions: state.has('absolute_pos_embed'),
    finalNorm: state.has('norm.weight'),
  }
}

/** A table has a row for each difference between two positions in a window: (2w - 1)². */
function windowOf(state: Shapes, stage: number): number | undefined {
  const rows = state.get(`layers.${stage}.blocks.0.attn.relative_position_bias_table`)?.shape[0]
  const window = (Math.sqrt(rows ?? 0) + 1) / 2
  return Number.isInteger(window) ? window : undefined
}

function swin(size: SwinSize, variant: Variant, state?: Shapes): Architecture {
  const { name, title, dims, depths, heads } = size
  const places = state?.get('absolute_pos_embed')?.shape[1] ?? 56 * 56
  return architecture({ name, title, family: 'swin', facts: { dims, depths, heads, ...variant } }, () =>
    swinTensors(size, {
      ...variant,
      positions: variant.absolutePositions ? [float('absolute_pos_embed', 1, places, dims)] : [],
      block: (name, width, stage) => block(name, width, heads[stage]!, variant.windows[stage]!),
      mergedNorm: width => 4 * width,
    }),
  )
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

/** Computed from the window when the network is built; the shape depends on the window. */
const REBUILT: readonly NamingRule[] = [
  { drop: '*.relative_position_index', because: 'position index, which the network computes' },
  { drop: '*.attn_mask', because: 'attention mask, which the network computes' },
]

const BESIDE: readonly NamingRule[] = [
  ...REBUILT,
  { drop: 'mask_token', because: 'mask token' },
  { drop: 'head.*', because: 'classification head' },
]

const NEVER = ['*.logit_scale', '*.cpb_mlp.*'] as const

/** Like `MERGED_WEIGHT`, for the normalisation before it. */
const MERGED_NORM: Reordering = { split: [['*', 2, 2]], order: [2, 1, 0], merge: [3] }

/** Swin Transformers of all sizes and windows. */
export const swinFamily: Family = {
  name: 'swin',
  title: 'Swin Transformer',
  architectures: state => SIZES.map(size => swin(size, state ? variantOf(state) : USUAL, state)),
  look: SWIN_LOOK,
  spellings: [
    {
      name: 'official',
      code: 'microsoft/Swin-Transformer models/swin_transformer.py',
      has: ['layers.0.blocks.0.attn.relative_position_bias_table', 'layers.0.downsample.reduction.weight'],
      // MixMIM, in MMPretrain's names.
      never: [...NEVER, 'layers.0.blocks.0.ffn.layers.0.0.weight'],
      rules: [
        ...BESIDE,
        { keep: 'patch_embed.*', as: 'patch_embed.*' },
        { keep: 'absolute_pos_embed', as: 'absolute_pos_embed' },
        { keep: 'layers.*', as: 'layers.*' },
        { keep: 'norm.*', as: 'norm.*' },
      ],
    },
    {
      name: 'timm',
      code: 'huggingface/pytorch-image-models timm/models/swin_transformer.py',
      has: ['layers.0.blocks.0.attn.relative_position_bias_table', 'layers.3.downsample.reduction.weight'],
      never: [...NEVER, 'layers.0.downsample.reduction.weight'],
      rules: [
        ...BESIDE,
        { keep: 'patch_embed.*', as: 'patch_embed.*' },
        ...TIMM_MERGING,
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
        MAPS_OF_TRANSFORMERS,
        // SwinBackbone, saved by version 5.18: the only name that is not renamed.
        { keep: 'swin.layernorm.*', as: 'norm.*' },
        ...[
          'encoder.layers.*.attention.self',
          'encoder.layers.*.attention.relative_position_bias',
          'layers.*.attention.relative_position_bias',
          'layers.*.attention',
        ].map(from => ({
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
        { drop: 'mask_token', because: 'mask token' },
        ...MAP_NORMS,
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
