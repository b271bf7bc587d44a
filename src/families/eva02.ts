/**
 * EVA-02 (baaivision/EVA EVA-02/asuka/modeling_pretrain.py): a Vision Transformer with rotary positions, SwiGLU and, from the
 * base size on, a normalisation inside it. The names of the small sizes are canonical; there, queries, keys and values are
 * one matrix.
 */
import { both, type NamingRule } from '../rename/naming.ts'
import {
  type Architecture,
  affine,
  architecture,
  type Family,
  float,
  type Shapes,
  type TensorSpec,
  VIT_LOOK,
} from './family.ts'
import { AROUND_BLOCKS, CLASSIFIER, queryAndValueBias, type VitSize } from './vit-parts.ts'

/** Hidden channels: two thirds of four times the width, rounded down. */
const SIZES: readonly VitSize[] = [
  { name: 'eva02-tiny', title: 'EVA-02-Ti', dims: 192, depth: 12, heads: 3, hidden: 512 },
  { name: 'eva02-small', title: 'EVA-02-S', dims: 384, depth: 12, heads: 6, hidden: 1024 },
  { name: 'eva02-base', title: 'EVA-02-B', dims: 768, depth: 12, heads: 12, hidden: 2048 },
  { name: 'eva02-large', title: 'EVA-02-L', dims: 1024, depth: 24, heads: 16, hidden: 2730 },
]

/** What an EVA-02's tensors show besides its size. */
interface Variant {
  readonly patch: number
  readonly positions: number
  /** Whether feed-forward layers contain a normalisation (`sub_ln`). */
  readonly innerNorm: boolean
  readonly finalNorm: boolean
  /** Whether the file contains the rotary positions, as with the authors' code; timm computes them. */
  readonly rotary: boolean
}

/** By default, B and L have the inner normalisation. */
function variantOf({ dims }: VitSize, state?: Shapes): Variant {
  return {
    patch: state?.get('patch_embed.proj.weight')?.shape[2] ?? 14,
    positions: state?.get('pos_embed')?.shape[1] ?? 257,
    innerNorm: state ? state.has('blocks.0.mlp.ffn_ln.weight') : dims >= 768,
    finalNorm: state?.has('norm.weight') ?? true,
    rotary: state?.has('rope.freqs_cos') ?? true,
  }
}

function eva02({ name, title, dims, depth, heads, hidden }: VitSize, variant: Variant): Architecture {
  return architecture(
    { name, title, family: 'eva02', facts: { dims, depth, heads, hidden, ...variant } },
    () => [
      float('cls_token', 1, 1, dims),
      float('pos_embed', 1, variant.positions, dims),
      ...affine('patch_embed.proj', [dims, 3, variant.patch, variant.patch]),
      ...rotary('rope', variant),
      ...Array.from({ length: depth }, (_, index) => block(`blocks.${index}`, dims, hidden, variant)).flat(),
      ...(variant.finalNorm ? affine('norm', [dims]) : []),
    ],
  )
}

/** Cosines and sines for each patch and each of the 64 channels of a head. */
function rotary(name: string, { rotary, positions }: Variant): TensorSpec[] {
  return rotary ? ['freqs_cos', 'freqs_sin'].map(part => float(`${name}.${part}`, positions - 1, 64)) : []
}

function block(name: string, dims: number, hidden: number, variant: Variant): TensorSpec[] {
  const { innerNorm } = variant
  return [
    ...affine(`${name}.norm1`, [dims]),
    ...affine(`${name}.attn.qkv`, [3 * dims, dims]),
    ...rotary(`${name}.attn.rope`, variant),
    ...affine(`${name}.attn.proj`, [dims, dims]),
    ...affine(`${name}.norm2`, [dims]),
    ...affine(`${name}.mlp.w12`, [2 * hidden, dims]),
    ...(innerNorm ? affine(`${name}.mlp.ffn_ln`, [hidden]) : []),
    ...affine(`${name}.mlp.w3`, [dims, hidden]),
  ]
}

/** Joins two or three matrices, and their biases. */
const joined = (from: readonly string[], as: string): readonly NamingRule[] =>
  ['weight', 'bias'].map(part => ({ join: from.map(name => `${name}.${part}`), as: `${as}.${part}` }))

/** Kept, because mmpretrain.ViTEVA02 computes different ones than EVA-02's code, but loads those in the file. */
const rotaryIn = (blocks: string): readonly NamingRule[] => [
  { keep: 'rope.*', as: 'rope.*' },
  { keep: `${blocks}.attn.rope.freqs_cos`, as: 'blocks.*.attn.rope.freqs_cos' },
  { keep: `${blocks}.attn.rope.freqs_sin`, as: 'blocks.*.attn.rope.freqs_sin' },
]

const NAMES: readonly NamingRule[] = [
  ...rotaryIn('blocks.*'),
  ...CLASSIFIER,
  ...AROUND_BLOCKS,
  ...both('blocks.*.norm1', 'blocks.*.norm1'),
  ...both('blocks.*.norm2', 'blocks.*.norm2'),
  ...both('blocks.*.attn.proj', 'blocks.*.attn.proj'),
]

const separate: NamingRule = {
  join: ['q_proj', 'k_proj', 'v_proj'].map(name => `blocks.*.attn.${name}.weight`),
  as: 'blocks.*.attn.qkv.weight',
}

/** EVA-02 of all sizes. */
export const eva02Family: Family = {
  name: 'eva02',
  title: 'EVA-02',
  architectures: state => SIZES.map(size => eva02(size, variantOf(size, state))),
  look: VIT_LOOK,
  spellings: [
    {
      name: 'packed',
      code: 'baaivision/EVA EVA-02/asuka/modeling_pretrain.py (tiny and small)',
      has: ['pos_embed', 'blocks.0.attn.q_bias', 'blocks.0.attn.qkv.weight', 'blocks.0.mlp.w12.weight'],
      rules: [
        ...NAMES,
        queryAndValueBias('blocks.*.attn.q_bias', 'blocks.*.attn.v_bias'),
        { keep: 'blocks.*.attn.qkv.weight', as: 'blocks.*.attn.qkv.weight' },
        ...both('blocks.*.mlp.w12', 'blocks.*.mlp.w12'),
        ...both('blocks.*.mlp.w3', 'blocks.*.mlp.w3'),
      ],
    },
    {
      name: 'separate',
      code: 'baaivision/EVA EVA-02/asuka/modeling_pretrain.py (base and large)',
      has: ['pos_embed', 'blocks.0.attn.q_bias', 'blocks.0.attn.q_proj.weight', 'blocks.0.mlp.w1.weight'],
      rules: [
        ...NAMES,
        queryAndValueBias('blocks.*.attn.q_bias', 'blocks.*.attn.v_bias'),
        separate,
        ...joined(['blocks.*.mlp.w1', 'blocks.*.mlp.w2'], 'blocks.*.mlp.w12'),
        ...both('blocks.*.mlp.ffn_ln', 'blocks.*.mlp.ffn_ln'),
        ...both('blocks.*.mlp.w3', 'blocks.*.mlp.w3'),
      ],
    },
    {
      name: 'timm',
      code: 'huggingface/pytorch-image-models timm/models/eva.py',
      has: [
        'pos_embed',
        'blocks.0.attn.q_proj.bias',
        'blocks.0.attn.k_proj.weight',
        'blocks.0.mlp.fc1_g.weight',
      ],
      never: ['reg_token', 'blocks.0.attn.k_proj.bias'],
      rules: [
        ...NAMES,
        queryAndValueBias('blocks.*.attn.q_proj.bias', 'blocks.*.attn.v_proj.bias'),
        separate,
        ...joined(['blocks.*.mlp.fc1_g', 'blocks.*.mlp.fc1_x'], 'blocks.*.mlp.w12'),
        ...both('blocks.*.mlp.norm', 'blocks.*.mlp.ffn_ln'),
        ...both('blocks.*.mlp.fc2', 'blocks.*.mlp.w3'),
      ],
    },
    {
      name: 'mmpretrain',
      code: 'open-mmlab/mmpretrain mmpretrain/models/backbones/vit_eva02.py',
      has: ['pos_embed', 'layers.0.norm1.weight', 'layers.0.attn.qkv.weight', 'layers.0.mlp.w12.weight'],
      rules: [
        ...rotaryIn('layers.*'),
        { drop: 'ln2.*', because: 'normalisation of the classifier' },
        { keep: 'cls_token', as: 'cls_token' },
        { keep: 'pos_embed', as: 'pos_embed' },
        { keep: 'patch_embed.projection.*', as: 'patch_embed.proj.*' },
        ...both('layers.*.norm1', 'blocks.*.norm1'),
        ...both('layers.*.norm2', 'blocks.*.norm2'),
        ...both('layers.*.attn.qkv', 'blocks.*.attn.qkv'),
        ...both('layers.*.attn.proj', 'blocks.*.attn.proj'),
        ...both('layers.*.mlp.w12', 'blocks.*.mlp.w12'),
        ...both('layers.*.mlp.norm', 'blocks.*.mlp.ffn_ln'),
        ...both('layers.*.mlp.w3', 'blocks.*.mlp.w3'),
        { keep: 'ln1.*', as: 'norm.*' },
      ],
    },
  ],
}
