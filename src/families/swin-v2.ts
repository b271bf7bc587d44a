/** Swin Transformer V2, in the names of its authors (microsoft/Swin-Transformer models/swin_transformer_v2.py). */
import { both, type NamingRule } from '../rename/naming.ts'
import {
  type Architecture,
  affine,
  architecture,
  type Family,
  float,
  MAP_NORMS,
  type Shapes,
  type TensorSpec,
} from './family.ts'
import { MERGED_WEIGHT, SWIN_LOOK, type SwinSize, swinTensors, TIMM_MERGING } from './swin-parts.ts'
import { inSwin, SWIN_ATTENTION, swinAttention } from './transformers.ts'

const SIZES: readonly SwinSize[] = [
  { name: 'swin-v2-tiny', title: 'Swin-T V2', dims: 96, depths: [2, 2, 6, 2], heads: [3, 6, 12, 24] },
  { name: 'swin-v2-small', title: 'Swin-S V2', dims: 96, depths: [2, 2, 18, 2], heads: [3, 6, 12, 24] },
  { name: 'swin-v2-base', title: 'Swin-B V2', dims: 128, depths: [2, 2, 18, 2], heads: [4, 8, 16, 32] },
  { name: 'swin-v2-large', title: 'Swin-L V2', dims: 192, depths: [2, 2, 18, 2], heads: [6, 12, 24, 48] },
]

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

function swinV2(size: SwinSize, variant: Variant): Architecture {
  const { name, title, dims, depths, heads } = size
  return architecture({ name, title, family: 'swin-v2', facts: { dims, depths, heads, ...variant } }, () =>
    swinTensors(size, {
      ...variant,
      block: (name, width, stage) => block(name, width, heads[stage]!),
      // Unlike V1's, it comes after the reduction.
      mergedNorm: width => 2 * width,
    }),
  )
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

const BESIDE: readonly NamingRule[] = [
  { drop: '*.relative_position_index', because: 'position index, which the network computes' },
  { drop: '*.relative_coords_table', because: 'table of coordinates, which the network computes' },
  { drop: '*.attn_mask', because: 'attention mask, which the network computes' },
  { drop: 'mask_token', because: 'mask token' },
]

const NAMES: readonly NamingRule[] = [
  ...BESIDE,
  { drop: 'head.*', because: 'classification head' },
  { keep: 'patch_embed.*', as: 'patch_embed.*' },
  { keep: 'norm.*', as: 'norm.*' },
]

const LOGIT = 'layers.0.blocks.0.attn.logit_scale'

/** Swin Transformers V2. */
export const swinV2Family: Family = {
  name: 'swin-v2',
  title: 'Swin Transformer V2',
  architectures: state => SIZES.map(size => swinV2(size, variantOf(state))),
  look: SWIN_LOOK,
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
      rules: [...NAMES, ...TIMM_MERGING, { keep: 'layers.*', as: 'layers.*' }],
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
        ...MAP_NORMS,
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
