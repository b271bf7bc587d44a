/**
 * Vision Transformers with registers, in timm's names (timm/models/vision_transformer.py `reg_token`). timm stores the class
 * token with its position added, so its position embedding is for patches only; the authors' has a row for the class token.
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
import { AROUND_BLOCKS, MASK_TOKEN, type VitSize } from './vit-parts.ts'

const SIZES: readonly VitSize[] = [
  { name: 'vit-small-reg', title: 'ViT-S with registers', dims: 384, depth: 12, heads: 6, hidden: 1536 },
  { name: 'vit-base-reg', title: 'ViT-B with registers', dims: 768, depth: 12, heads: 12, hidden: 3072 },
  { name: 'vit-large-reg', title: 'ViT-L with registers', dims: 1024, depth: 24, heads: 16, hidden: 4096 },
  // The hidden width counts half of SwiGLU: the first matrix has twice as many rows.
  {
    name: 'vit-giant2-reg',
    title: 'ViT-g of DINOv2 with registers',
    dims: 1536,
    depth: 40,
    heads: 24,
    hidden: 4096,
  },
]

/** What the tensors show besides the size. */
interface Variant {
  readonly patch: number
  readonly registers: number
  readonly positions: number
  /** Whether the position embedding has a row for the class token. */
  readonly classPosition: boolean
  readonly finalNorm: boolean
}

function variantOf(state?: Shapes): Variant {
  const positions = state?.get('pos_embed')?.shape[1] ?? 37 * 37
  return {
    patch: state?.get('patch_embed.proj.weight')?.shape[2] ?? 14,
    registers: state?.get('reg_token')?.shape[1] ?? 4,
    positions,
    // The number of patches is a square.
    classPosition: !Number.isInteger(Math.sqrt(positions)),
    finalNorm: state?.has('norm.weight') ?? true,
  }
}

function network({ name, title, dims, depth, heads, hidden }: VitSize, variant: Variant): Architecture {
  const gated = name === 'vit-giant2-reg'
  const { registers, positions, patch } = variant
  return architecture(
    { name, title, family: 'vit-registers', facts: { dims, depth, heads, hidden, ...variant } },
    () => [
      float('cls_token', 1, 1, dims),
      float('reg_token', 1, registers, dims),
      float('pos_embed', 1, positions, dims),
      ...affine('patch_embed.proj', [dims, 3, patch, patch]),
      ...Array.from({ length: depth }, (_, index) => block(`blocks.${index}`, dims, hidden, gated)).flat(),
      ...(variant.finalNorm ? affine('norm', [dims]) : []),
    ],
  )
}

function block(name: string, dims: number, hidden: number, gated: boolean): TensorSpec[] {
  return [
    ...affine(`${name}.norm1`, [dims]),
    ...affine(`${name}.attn.qkv`, [3 * dims, dims]),
    ...affine(`${name}.attn.proj`, [dims, dims]),
    float(`${name}.ls1.gamma`, dims),
    ...affine(`${name}.norm2`, [dims]),
    ...affine(`${name}.mlp.fc1`, [gated ? 2 * hidden : hidden, dims]),
    ...affine(`${name}.mlp.fc2`, [dims, hidden]),
    float(`${name}.ls2.gamma`, dims),
  ]
}

const NAMES: readonly NamingRule[] = [
  MASK_TOKEN,
  { drop: 'head.*', because: 'classification head' },
  ...AROUND_BLOCKS,
]

/** Vision Transformers with registers. */
export const vitRegistersFamily: Family = {
  name: 'vit-registers',
  title: 'Vision Transformer with registers',
  architectures: state => SIZES.map(size => network(size, variantOf(state))),
  look: VIT_LOOK,
  spellings: [
    {
      name: 'timm',
      code: 'huggingface/pytorch-image-models timm/models/vision_transformer.py',
      has: ['reg_token', 'pos_embed', 'blocks.0.attn.qkv.weight', 'blocks.0.ls1.gamma'],
      rules: [...NAMES, { keep: 'reg_token', as: 'reg_token' }, { keep: 'blocks.*', as: 'blocks.*' }],
    },
    {
      name: 'dinov2',
      code: 'facebookresearch/dinov2 dinov2/models/vision_transformer.py (num_register_tokens)',
      has: ['register_tokens', 'pos_embed', 'blocks.0.attn.qkv.weight', 'blocks.0.ls1.gamma'],
      rules: [
        ...NAMES,
        { keep: 'register_tokens', as: 'reg_token' },
        // The giant's SwiGLU, which timm stores under the names of plain feed-forward layers.
        ...both('blocks.*.mlp.w12', 'blocks.*.mlp.fc1'),
        ...both('blocks.*.mlp.w3', 'blocks.*.mlp.fc2'),
        { keep: 'blocks.*', as: 'blocks.*' },
      ],
    },
    {
      name: 'transformers',
      code: 'huggingface/transformers models/dinov2_with_registers/modeling_dinov2_with_registers.py',
      has: ['embeddings.register_tokens', 'embeddings.position_embeddings', '*.0.layer_scale1.lambda1'],
      rules: [{ keep: 'embeddings.register_tokens', as: 'reg_token' }, ...VIT_RULES],
    },
    {
      name: 'mmpretrain.TIMMBackbone',
      code: 'open-mmlab/mmpretrain mmpretrain/models/backbones/timm_backbone.py (features_only)',
      has: ['timm_model.model.reg_token', 'timm_model.model.pos_embed'],
      rules: [{ keep: 'timm_model.model.*', as: '*' }],
    },
  ],
}
