/**
 * Plain Vision Transformers, in the names that timm and the methods' own code share (timm/models/vision_transformer.py;
 * facebookresearch/mae models_mae.py, dino vision_transformer.py, dinov2 models/vision_transformer.py).
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
import { VIT_RULES } from './transformers.ts'
import {
  AROUND_BLOCKS,
  CLASSIFIER,
  gammas,
  MASK_TOKEN,
  queryAndValueBias,
  type VitSize,
} from './vit-parts.ts'
import { BEIT_WITH_POSITIONS } from './vit-transformers.ts'

const SIZES: readonly VitSize[] = [
  { name: 'vit-tiny', title: 'ViT-Ti', dims: 192, depth: 12, heads: 3, hidden: 768 },
  { name: 'vit-small', title: 'ViT-S', dims: 384, depth: 12, heads: 6, hidden: 1536 },
  { name: 'vit-base', title: 'ViT-B', dims: 768, depth: 12, heads: 12, hidden: 3072 },
  { name: 'vit-large', title: 'ViT-L', dims: 1024, depth: 24, heads: 16, hidden: 4096 },
  { name: 'vit-huge', title: 'ViT-H', dims: 1280, depth: 32, heads: 16, hidden: 5120 },
  // I-JEPA (src/models/vision_transformer.py vit_giant: mlp_ratio 48/11) and DINOv2 (vit_giant2, SwiGLU of 4096).
  { name: 'vit-giant', title: 'ViT-g', dims: 1408, depth: 40, heads: 16, hidden: 6144 },
  { name: 'vit-giant2', title: 'ViT-g of DINOv2', dims: 1536, depth: 40, heads: 24, hidden: 4096 },
]

/** What a ViT's tensors show besides its size. */
interface Variant {
  readonly patch: number
  readonly channels: number
  /** Rows of the position embedding, including that of the class token. */
  readonly positions: number
  readonly classToken: boolean
  readonly qkvBias: boolean
  readonly layerScale: boolean
  readonly swiglu: boolean
  readonly finalNorm: boolean
}

const USUAL: Variant = {
  patch: 16,
  channels: 3,
  positions: 197,
  classToken: true,
  qkvBias: true,
  layerScale: false,
  swiglu: false,
  finalNorm: true,
}

function variantOf(state: Shapes): Variant {
  const shape = state.get('patch_embed.proj.weight')?.shape
  const [channels, patch] = [shape?.[1], shape?.at(-1)]
  const positions = state.get('pos_embed')?.shape[1] ?? USUAL.positions
  return {
    patch: patch ?? USUAL.patch,
    channels: channels ?? USUAL.channels,
    positions,
    classToken: state.has('cls_token') || hasClassRow(positions),
    qkvBias: state.has('blocks.0.attn.qkv.bias'),
    layerScale: state.has('blocks.0.ls1.gamma'),
    swiglu: state.has('blocks.0.mlp.w12.weight'),
    finalNorm: state.has('norm.weight'),
  }
}

/** Whether there is a position besides those of a square grid: the class token's, which ViTDet keeps without the token. */
function hasClassRow(positions: number): boolean {
  return Number.isInteger(Math.sqrt(positions - 1))
}

function vit({ name, title, dims, depth, heads, hidden }: VitSize, variant: Variant): Architecture {
  return architecture(
    { name, title, family: 'vit', facts: { dims, depth, heads, hidden, ...variant } },
    () => [
      ...(variant.classToken ? [float('cls_token', 1, 1, dims)] : []),
      float('pos_embed', 1, variant.positions, dims),
      ...affine('patch_embed.proj', [dims, variant.channels, variant.patch, variant.patch]),
      ...Array.from({ length: depth }, (_, index) => block(`blocks.${index}`, dims, hidden, variant)).flat(),
      ...(variant.finalNorm ? affine('norm', [dims]) : []),
    ],
  )
}

function block(name: string, dims: number, hidden: number, variant: Variant): TensorSpec[] {
  return [
    ...affine(`${name}.norm1`, [dims]),
    ...affine(`${name}.attn.qkv`, [3 * dims, dims], variant.qkvBias),
    ...affine(`${name}.attn.proj`, [dims, dims]),
    ...(variant.layerScale ? [float(`${name}.ls1.gamma`, dims)] : []),
    ...affine(`${name}.norm2`, [dims]),
    ...(variant.swiglu
      ? [...affine(`${name}.mlp.w12`, [2 * hidden, dims]), ...affine(`${name}.mlp.w3`, [dims, hidden])]
      : [...affine(`${name}.mlp.fc1`, [hidden, dims]), ...affine(`${name}.mlp.fc2`, [dims, hidden])]),
    ...(variant.layerScale ? [float(`${name}.ls2.gamma`, dims)] : []),
  ]
}

const BESIDE: readonly NamingRule[] = [MASK_TOKEN, ...CLASSIFIER]

/** Other networks, or networks with other tokens, that share these names. */
const OTHERS = [
  'register_tokens',
  'reg_token',
  'rel_pos_bias.*',
  '*.attn.relative_position_bias_table',
  'pos_embeder.*',
  'rope*',
  // AIMv2.
  'blocks.0.mlp.fc1_g.weight',
  // A DeiT's position embedding has a row for it, which no class can load.
  'dist_token',
] as const

const TORCHVISION_LAYER = 'encoder.layers.encoder_layer_*'

/** Among networks with LayerScale, only DINOv2's giant has this many blocks. */
const DEEPEST = 'blocks.39.ls1.gamma'

/** The names of mmpretrain.VisionTransformer, except for LayerScale. */
const IN_MMPRETRAIN: readonly NamingRule[] = [
  MASK_TOKEN,
  // The last one if the output is an average; the pattern for the blocks begins with `layers`.
  { drop: 'ln2.*', because: 'normalisation of the classifier' },
  { keep: 'cls_token', as: 'cls_token' },
  { keep: 'pos_embed', as: 'pos_embed' },
  { keep: 'patch_embed.projection.*', as: 'patch_embed.proj.*' },
  ...both('layers.*.ln1', 'blocks.*.norm1'),
  ...both('layers.*.ln2', 'blocks.*.norm2'),
  { keep: 'layers.*.attn.gamma1.weight', as: 'blocks.*.ls1.gamma' },
  { keep: 'layers.*.ffn.gamma2.weight', as: 'blocks.*.ls2.gamma' },
  ...both('layers.*.attn.qkv', 'blocks.*.attn.qkv'),
  ...both('layers.*.attn.proj', 'blocks.*.attn.proj'),
  ...both('layers.*.ffn.layers.0.0', 'blocks.*.mlp.fc1'),
  ...both('layers.*.ffn.layers.1', 'blocks.*.mlp.fc2'),
  ...both('layers.*.ffn.w12', 'blocks.*.mlp.w12'),
  ...both('layers.*.ffn.w3', 'blocks.*.mlp.w3'),
  { keep: 'ln1.*', as: 'norm.*' },
]

/** Plain Vision Transformers of all sizes. */
export const vitFamily: Family = {
  name: 'vit',
  title: 'Vision Transformer',
  architectures: state => {
    const variant = state ? variantOf(state) : USUAL
    return SIZES.map(size => vit(size, variant))
  },
  look: VIT_LOOK,
  spellings: [
    {
      name: 'timm',
      code: 'huggingface/pytorch-image-models timm/models/vision_transformer.py',
      has: ['pos_embed', 'patch_embed.proj.weight', 'blocks.0.norm1.weight', 'blocks.0.attn.qkv.weight'],
      never: [...OTHERS, 'blocks.0.attn.q_bias', 'blocks.0.gamma_1', DEEPEST],
      rules: [...BESIDE, ...AROUND_BLOCKS, { keep: 'blocks.*', as: 'blocks.*' }],
    },
    {
      // DINOv2's giant has SwiGLU, which timm stores under the names of plain feed-forward layers.
      name: 'giant',
      code: 'huggingface/pytorch-image-models timm/models/vision_transformer.py (vit_giant_patch14_dinov2)',
      has: ['pos_embed', 'patch_embed.proj.weight', 'blocks.0.attn.qkv.weight', DEEPEST],
      never: OTHERS,
      rules: [
        ...BESIDE,
        ...AROUND_BLOCKS,
        ...both('blocks.*.mlp.fc1', 'blocks.*.mlp.w12'),
        ...both('blocks.*.mlp.fc2', 'blocks.*.mlp.w3'),
        { keep: 'blocks.*', as: 'blocks.*' },
      ],
    },
    {
      // CroCo v1: positions as a matrix, and no class token. The second version has rotary positions instead.
      name: 'croco',
      code: 'naver/croco models/croco.py',
      has: ['enc_pos_embed', 'patch_embed.proj.weight', 'enc_blocks.0.attn.qkv.weight'],
      rules: [
        {
          keep: 'enc_pos_embed',
          as: 'pos_embed',
          reorder: { split: [['*'], ['*']], order: [0, 1], merge: [0, 1, 1] },
        },
        { keep: 'patch_embed.proj.*', as: 'patch_embed.proj.*' },
        { keep: 'enc_blocks.*', as: 'blocks.*' },
        { keep: 'enc_norm.*', as: 'norm.*' },
      ],
    },
    {
      // DINOv2, DeiT III and others with BEiT's names for LayerScale.
      name: 'gamma',
      code: 'bytedance/ibot models/vision_transformer.py; facebookresearch/deit models_v2.py',
      has: ['pos_embed', 'patch_embed.proj.weight', 'blocks.0.gamma_1', 'blocks.0.attn.qkv.weight'],
      never: [...OTHERS, 'blocks.0.attn.q_bias'],
      rules: [...BESIDE, ...AROUND_BLOCKS, ...gammas('blocks.*'), { keep: 'blocks.*', as: 'blocks.*' }],
    },
    {
      // Biases for queries and values but not for keys, and absolute positions: CAE and EVA-01.
      name: 'q and v biases',
      code: 'lxtGH/CAE models/modeling_cae.py; baaivision/EVA EVA-01/eva/modeling_pretrain.py',
      has: ['pos_embed', 'patch_embed.proj.weight', 'blocks.0.attn.q_bias', 'blocks.0.attn.qkv.weight'],
      // EVA-02, whose rotary positions may be missing in a file, because they are computed.
      never: [...OTHERS, 'blocks.0.mlp.w12.weight'],
      rules: [
        ...BESIDE,
        ...AROUND_BLOCKS,
        queryAndValueBias('blocks.*.attn.q_bias', 'blocks.*.attn.v_bias'),
        ...gammas('blocks.*'),
        { keep: 'blocks.*', as: 'blocks.*' },
      ],
    },
    {
      // Blocks in chunks, for FSDP: the second number continues through all chunks.
      name: 'chunked',
      code: 'facebookresearch/dinov2 dinov2/models/vision_transformer.py (block_chunks)',
      has: ['pos_embed', 'patch_embed.proj.weight', 'blocks.0.0.norm1.weight', 'blocks.0.0.attn.qkv.weight'],
      never: OTHERS,
      rules: [
        ...BESIDE,
        ...AROUND_BLOCKS,
        ...Array.from({ length: 40 }, (_, chunk) => ({ keep: `blocks.${chunk}.*`, as: 'blocks.*' })),
      ],
    },
    {
      name: 'torchvision',
      code: 'pytorch/vision torchvision/models/vision_transformer.py',
      has: [
        'class_token',
        'conv_proj.weight',
        'encoder.layers.encoder_layer_0.self_attention.in_proj_weight',
      ],
      rules: [
        { drop: 'heads.*', because: 'classification head' },
        { keep: 'class_token', as: 'cls_token' },
        { keep: 'encoder.pos_embedding', as: 'pos_embed' },
        { keep: 'conv_proj.*', as: 'patch_embed.proj.*' },
        ...both(`${TORCHVISION_LAYER}.ln_1`, 'blocks.*.norm1'),
        ...both(`${TORCHVISION_LAYER}.ln_2`, 'blocks.*.norm2'),
        // torch.nn.MultiheadAttention: queries, keys and values concatenated.
        { keep: `${TORCHVISION_LAYER}.self_attention.in_proj_weight`, as: 'blocks.*.attn.qkv.weight' },
        { keep: `${TORCHVISION_LAYER}.self_attention.in_proj_bias`, as: 'blocks.*.attn.qkv.bias' },
        ...both(`${TORCHVISION_LAYER}.self_attention.out_proj`, 'blocks.*.attn.proj'),
        // Up to 0.13, and since then.
        ...both(`${TORCHVISION_LAYER}.mlp.linear_1`, 'blocks.*.mlp.fc1'),
        ...both(`${TORCHVISION_LAYER}.mlp.linear_2`, 'blocks.*.mlp.fc2'),
        ...both(`${TORCHVISION_LAYER}.mlp.0`, 'blocks.*.mlp.fc1'),
        ...both(`${TORCHVISION_LAYER}.mlp.3`, 'blocks.*.mlp.fc2'),
        { keep: 'encoder.ln.*', as: 'norm.*' },
      ],
    },
    ...BEIT_WITH_POSITIONS,
    {
      name: 'transformers',
      code: 'huggingface/transformers models/vit/modeling_vit.py, dinov2/modeling_dinov2.py',
      has: [
        'embeddings.position_embeddings',
        'embeddings.patch_embeddings.projection.weight',
        'layernorm.weight',
      ],
      never: ['embeddings.register_tokens', '*.relative_position_bias_table'],
      rules: VIT_RULES,
    },
    {
      name: 'mmpretrain',
      code: 'open-mmlab/mmpretrain mmpretrain/models/backbones/vision_transformer.py',
      has: ['pos_embed', 'patch_embed.projection.weight', 'layers.0.ln1.weight', 'layers.0.attn.qkv.weight'],
      never: [...OTHERS, 'layers.0.attn.q_bias'],
      rules: IN_MMPRETRAIN,
    },
    {
      // MMPretrain's own CAE has BEiT's attention, with absolute positions.
      name: 'mmpretrain, q and v biases',
      code: 'open-mmlab/mmpretrain mmpretrain/models/selfsup/cae.py, mmpretrain/models/backbones/beit.py',
      has: ['pos_embed', 'patch_embed.projection.weight', 'layers.0.attn.q_bias', 'layers.0.attn.qkv.weight'],
      never: OTHERS,
      rules: [
        queryAndValueBias('layers.*.attn.q_bias', 'layers.*.attn.v_bias'),
        ...gammas('layers.*'),
        ...IN_MMPRETRAIN,
      ],
    },
  ],
}
