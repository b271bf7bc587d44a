/** Swin Transformer V2, in the names of its authors (microsoft/Swin-Transformer models/swin_transformer_v2.py). */
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
import { inSwin, SWIN_ATTENTION, swinAttention } from './transformers.ts'

interface Size {
  readonly name: string
  readonly title: string
  readonly dims: number
  readonly depths: readonly number[]
  readonly heads: readonly number[]
}

const SIZES: readonly Size[] = [
  { name: 'swin-v2-tiny', title: 'Swin-T V2', dims: 96, depths: [2, 2, 6, 2], heads: [3, 6, 12, 24] },
  { name: 'swin-v2-small', title: 'Swin-S V2', dims: 96, depths: [2, 2, 18, 2], heads: [3, 6, 12, 24] },
  { name: 'swin-v2-base', title: 'Swin-B V2', dims: 128, depths: [2, 2, 18, 2], heads: [4, 8, 16, 32] },
  { name: 'swin-v2-large', title: 'Swin-L V2', dims: 192, depths: [2, 2, 18, 2], heads: [6, 12, 24, 48] },
]

const STAGES = [0, 1, 2, 3] as const

interface Variant {
  readonly channels: number
  readonly finalNorm: boolean
}

function variantOf(state?: Shapes): Variant {
  return {
    channels: state?.get('patch_embed.proj.weight')?.shape[1] ?? 3,
    finalNorm: state ? state.has('norm.weight') : true,
  }
}

function swinV2({ name, title, dims, depths, heads }: Size, variant: Variant): Architecture {
  return architecture({ name, title, family: 'swin-v2', facts: { dims, depths, heads, ...variant } }, () => [
    ...affine('patch_embed.proj', [dims, variant.channels, 4, 4]),
    ...affine('patch_embed.norm', [dims]),
    ...STAGES.flatMap(stage => {
      const width = dims * 2 ** stage
      const blocks = Array.from({ length: depths[stage]! }, (_, index) =>
        block(`layers.${stage}.blocks.${index}`, width, heads[stage]!),
      )
      return [...blocks.flat(), ...(stage < 3 ? downsample(`layers.${stage}.downsample`, width) : [])]
    }),
    ...(variant.finalNorm ? affine('norm', [8 * dims]) : []),
  ])
}

function block(name: string, width: number, heads: number): TensorSpec[] {
  return [
    ...affine(`${name}.norm1`, [width]),
    float(`${name}.attn.logit_scale`, heads, 1, 1),
    float(`${name}.attn.q_bias`, width),
    float(`${name}.attn.v_bias`, width),
    ...affine(`${name}.attn.cpb_mlp.0`, [512, 2]),
    ...affine(`${name}.attn.cpb_mlp.2`, [heads, 512], false),
    ...affine(`${name}.attn.qkv`, [3 * width, width], false),
    ...affine(`${name}.attn.proj`, [width, width]),
    ...affine(`${name}.norm2`, [width]),
    ...affine(`${name}.mlp.fc1`, [4 * width, width]),
    ...affine(`${name}.mlp.fc2`, [width, 4 * width]),
  ]
}

/** Unlike V1's, its normalisation comes after the reduction. */
function downsample(name: string, width: number): TensorSpec[] {
  return [
    ...affine(`${name}.reduction`, [2 * width, 4 * width], false),
    ...affine(`${name}.norm`, [2 * width]),
  ]
}

const BESIDE: readonly NamingRule[] = [
  { drop: '*.relative_position_index', because: 'position index, which the network computes' },
  { drop: '*.relative_coords_table', because: 'table of coordinates, which the network computes' },
  { drop: '*.attn_mask', because: 'attention mask, which the network computes' },
  { drop: 'mask_token', because: 'stand-in for masked patches' },
]

const NAMES: readonly NamingRule[] = [
  ...BESIDE,
  { drop: 'head.*', because: 'classification head' },
  { keep: 'patch_embed.*', as: 'patch_embed.*' },
  { keep: 'norm.*', as: 'norm.*' },
]

/** As Swin V1: see `swin.ts`. */
const MERGED_WEIGHT: Reordering = { split: [['*'], ['*', 2, 2]], order: [0, 3, 2, 1], merge: [1, 3] }

const both = (keep: string, as: string): readonly NamingRule[] =>
  ['weight', 'bias'].map(part => ({ keep: `${keep}.${part}`, as: `${as}.${part}` }))

const LOGIT = 'layers.0.blocks.0.attn.logit_scale'

/** Swin Transformers of the second version. */
export const swinV2Family: Family = {
  name: 'swin-v2',
  title: 'Swin Transformer V2',
  architectures: state => SIZES.map(size => swinV2(size, variantOf(state))),
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
      code: 'microsoft/Swin-Transformer models/swin_transformer_v2.py',
      has: [LOGIT, 'layers.0.downsample.reduction.weight'],
      rules: [...NAMES, { keep: 'layers.*', as: 'layers.*' }],
    },
    {
      name: 'timm',
      code: 'huggingface/pytorch-image-models timm/models/swin_transformer_v2.py',
      has: [LOGIT, 'layers.3.downsample.reduction.weight'],
      never: ['layers.0.downsample.reduction.weight'],
      rules: [
        ...NAMES,
        ...[1, 2, 3].map(stage => ({
          keep: `layers.${stage}.downsample.*`,
          as: `layers.${stage - 1}.downsample.*`,
        })),
        { keep: 'layers.*', as: 'layers.*' },
      ],
    },
    {
      name: 'transformers',
      code: 'huggingface/transformers models/swinv2/modeling_swinv2.py',
      has: ['embeddings.patch_embeddings.projection.weight', 'embeddings.norm.weight', '*.logit_scale'],
      rules: [
        ...BESIDE,
        ...inSwin,
        ...swinAttention('weight'),
        ...SWIN_ATTENTION.flatMap(([from, names]) => {
          const [query, , value] = names.split(' ')
          return [
            { keep: `${from}.${query}.bias`, as: 'layers.*.attn.q_bias' },
            { keep: `${from}.${value}.bias`, as: 'layers.*.attn.v_bias' },
          ]
        }),
        ...['encoder.layers.*.attention.self', 'layers.*.attention'].flatMap(from => [
          { keep: `${from}.logit_scale`, as: 'layers.*.attn.logit_scale' },
          ...['0.weight', '0.bias', '2.weight'].map(part => ({
            keep: `${from}.continuous_position_bias_mlp.${part}`,
            as: `layers.*.attn.cpb_mlp.${part}`,
          })),
        ]),
      ],
    },
    {
      name: 'mmpretrain',
      code: 'open-mmlab/mmpretrain mmpretrain/models/backbones/swin_transformer_v2.py',
      has: ['stages.0.blocks.0.attn.w_msa.logit_scale', 'patch_embed.projection.weight'],
      rules: [
        ...BESIDE,
        ...[0, 1, 2].map(stage => ({
          drop: `norm${stage}.*`,
          because: 'normalisation of a feature map, which detection adds',
        })),
        { keep: 'patch_embed.projection.*', as: 'patch_embed.proj.*' },
        { keep: 'patch_embed.norm.*', as: 'patch_embed.norm.*' },
        ...[1, 2, 3].flatMap(stage => [
          {
            keep: `stages.${stage}.downsample.reduction.weight`,
            as: `layers.${stage - 1}.downsample.reduction.weight`,
            reorder: MERGED_WEIGHT,
          },
          ...both(`stages.${stage}.downsample.norm`, `layers.${stage - 1}.downsample.norm`),
        ]),
        ...both('stages.*.norm1', 'layers.*.norm1'),
        ...both('stages.*.norm2', 'layers.*.norm2'),
        ...['logit_scale', 'q_bias', 'v_bias', 'cpb_mlp.0.weight', 'cpb_mlp.0.bias', 'cpb_mlp.2.weight'].map(
          part => ({ keep: `stages.*.attn.w_msa.${part}`, as: `layers.*.attn.${part}` }),
        ),
        { keep: 'stages.*.attn.w_msa.qkv.weight', as: 'layers.*.attn.qkv.weight' },
        ...both('stages.*.attn.w_msa.proj', 'layers.*.attn.proj'),
        ...both('stages.*.ffn.layers.0.0', 'layers.*.mlp.fc1'),
        ...both('stages.*.ffn.layers.1', 'layers.*.mlp.fc2'),
        { keep: 'norm3.*', as: 'norm.*' },
      ],
    },
  ],
}
