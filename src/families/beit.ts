/**
 * Vision Transformers with relative positions, in the names of BEiT (microsoft/unilm beit/modeling_pretrain.py,
 * modeling_finetune.py): BEiT v1 and v2, data2vec, SimMIM's ViT. Queries and values have biases, keys do not.
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
import { inVit, joinedAttention } from './transformers.ts'
import { CLASSIFIER, MASK_TOKEN } from './vit-parts.ts'

interface Size {
  readonly name: string
  readonly title: string
  readonly dims: number
  readonly depth: number
  readonly heads: number
}

const SIZES: readonly Size[] = [
  // SSL4EO-S12's data2vec.
  { name: 'beit-small', title: 'BEiT-S', dims: 384, depth: 12, heads: 6 },
  { name: 'beit-base', title: 'BEiT-B', dims: 768, depth: 12, heads: 12 },
  { name: 'beit-large', title: 'BEiT-L', dims: 1024, depth: 24, heads: 16 },
]

/** What a BEiT's tensors show besides its size. */
interface Variant {
  readonly patch: number
  readonly channels: number
  /** Whether all blocks share one table of relative positions, as in pre-training, or have one each, as in fine-tuning. */
  readonly sharedPositions: boolean
  /** Rows per table: (2w - 1)² + 3 for w × w patches and the class token. */
  readonly tableRows: number
  readonly layerScale: boolean
  readonly finalNorm: boolean
  /** Rows of an additional position embedding, as in CAE's fine-tuning; 0 without one. */
  readonly positions: number
}

const USUAL: Variant = {
  patch: 16,
  channels: 3,
  sharedPositions: true,
  tableRows: 732,
  layerScale: true,
  finalNorm: true,
  positions: 0,
}

const SHARED = 'rel_pos_bias.relative_position_bias_table'
const OWN = 'blocks.0.attn.relative_position_bias_table'

function variantOf(state: Shapes): Variant {
  const [, channels = 3, patch = 16] = state.get('patch_embed.proj.weight')?.shape ?? []
  const table = state.get(SHARED) ?? state.get(OWN)
  return {
    patch,
    channels,
    sharedPositions: state.has(SHARED),
    tableRows: table?.shape[0] ?? USUAL.tableRows,
    layerScale: state.has('blocks.0.gamma_1'),
    finalNorm: state.has('norm.weight'),
    positions: state.get('pos_embed')?.shape[1] ?? 0,
  }
}

function beit({ name, title, dims, depth, heads }: Size, variant: Variant): Architecture {
  return architecture(
    { name, title, family: 'beit', facts: { dims, depth, heads, hidden: 4 * dims, ...variant } },
    () => [
      float('cls_token', 1, 1, dims),
      ...(variant.positions > 0 ? [float('pos_embed', 1, variant.positions, dims)] : []),
      ...affine('patch_embed.proj', [dims, variant.channels, variant.patch, variant.patch]),
      ...(variant.sharedPositions ? [float(SHARED, variant.tableRows, heads)] : []),
      ...Array.from({ length: depth }, (_, index) => block(`blocks.${index}`, dims, heads, variant)).flat(),
      ...(variant.finalNorm ? affine('norm', [dims]) : []),
    ],
  )
}

function block(name: string, dims: number, heads: number, variant: Variant): TensorSpec[] {
  return [
    ...(variant.layerScale ? [float(`${name}.gamma_1`, dims), float(`${name}.gamma_2`, dims)] : []),
    ...affine(`${name}.norm1`, [dims]),
    float(`${name}.attn.q_bias`, dims),
    float(`${name}.attn.v_bias`, dims),
    ...(variant.sharedPositions
      ? []
      : [float(`${name}.attn.relative_position_bias_table`, variant.tableRows, heads)]),
    ...affine(`${name}.attn.qkv`, [3 * dims, dims], false),
    ...affine(`${name}.attn.proj`, [dims, dims]),
    ...affine(`${name}.norm2`, [dims]),
    ...affine(`${name}.mlp.fc1`, [4 * dims, dims]),
    ...affine(`${name}.mlp.fc2`, [dims, 4 * dims]),
  ]
}

const INDEX: NamingRule = {
  drop: '*.relative_position_index',
  because: 'position index, which the network computes',
}

/** The same names for a block's own table and for the shared one. */
const TABLES = ['*.relative_position_bias_table'] as const

const OWN_TABLE = 'blocks.*.attn.relative_position_bias_table'

/** @param names of queries, keys and values: `query key value` */
function inTransformers(layer: string, attention: string, names: string): readonly NamingRule[] {
  const [query, , value] = names.split(' ')
  return [
    INDEX,
    { drop: 'pooler.*', because: 'normalisation of the classifier' },
    ...inVit,
    { keep: `${attention}.relative_position_bias.relative_position_bias_table`, as: OWN_TABLE },
    { keep: `${attention}.${query}.bias`, as: 'blocks.*.attn.q_bias' },
    { keep: `${attention}.${value}.bias`, as: 'blocks.*.attn.v_bias' },
    joinedAttention(attention, names, 'blocks.*.attn.qkv', 'weight'),
    { keep: `${layer}.lambda_1`, as: 'blocks.*.gamma_1' },
    { keep: `${layer}.lambda_2`, as: 'blocks.*.gamma_2' },
  ]
}

/** BEiT-like Vision Transformers. */
export const beitFamily: Family = {
  name: 'beit',
  title: 'Vision Transformer with relative positions (BEiT)',
  architectures: state => SIZES.map(size => beit(size, state ? variantOf(state) : USUAL)),
  look: VIT_LOOK,
  spellings: [
    {
      name: 'beit',
      code: 'microsoft/unilm beit/modeling_pretrain.py; timm has the same names',
      has: ['cls_token', 'blocks.0.attn.q_bias', 'blocks.0.attn.qkv.weight', ...TABLES],
      never: ['layers.*'],
      rules: [
        ...CLASSIFIER,
        INDEX,
        { keep: 'cls_token', as: 'cls_token' },
        { keep: 'pos_embed', as: 'pos_embed' },
        { keep: 'patch_embed.*', as: 'patch_embed.*' },
        { keep: 'rel_pos_bias.*', as: 'rel_pos_bias.*' },
        { keep: 'blocks.*', as: 'blocks.*' },
        { keep: 'norm.*', as: 'norm.*' },
      ],
    },
    {
      name: 'mmpretrain',
      code: 'open-mmlab/mmpretrain mmpretrain/models/backbones/beit.py',
      has: ['cls_token', 'layers.0.attn.q_bias', 'layers.0.attn.qkv.weight', ...TABLES],
      rules: [
        MASK_TOKEN,
        { drop: 'ln2.*', because: 'normalisation of the classifier' },
        INDEX,
        { keep: 'cls_token', as: 'cls_token' },
        { keep: 'pos_embed', as: 'pos_embed' },
        { keep: 'patch_embed.projection.*', as: 'patch_embed.proj.*' },
        { keep: 'rel_pos_bias.*', as: 'rel_pos_bias.*' },
        ...both('layers.*.ln1', 'blocks.*.norm1'),
        ...both('layers.*.ln2', 'blocks.*.norm2'),
        { keep: 'layers.*.gamma_1', as: 'blocks.*.gamma_1' },
        { keep: 'layers.*.gamma_2', as: 'blocks.*.gamma_2' },
        { keep: 'layers.*.attn.q_bias', as: 'blocks.*.attn.q_bias' },
        { keep: 'layers.*.attn.v_bias', as: 'blocks.*.attn.v_bias' },
        {
          keep: 'layers.*.attn.relative_position_bias_table',
          as: 'blocks.*.attn.relative_position_bias_table',
        },
        { keep: 'layers.*.attn.qkv.weight', as: 'blocks.*.attn.qkv.weight' },
        ...both('layers.*.attn.proj', 'blocks.*.attn.proj'),
        ...both('layers.*.ffn.layers.0.0', 'blocks.*.mlp.fc1'),
        ...both('layers.*.ffn.layers.1', 'blocks.*.mlp.fc2'),
        { keep: 'ln1.*', as: 'norm.*' },
      ],
    },
    {
      name: 'transformers',
      code: 'huggingface/transformers models/beit/modeling_beit.py',
      has: ['embeddings.cls_token', 'encoder.layer.0.attention.attention.query.bias', TABLES[0]],
      never: ['encoder.layer.0.attention.attention.key.bias'],
      rules: [
        { keep: 'encoder.relative_position_bias.*', as: 'rel_pos_bias.*' },
        // BeitBackbone, saved by version 5.18: the only name that is not renamed.
        { keep: 'beit.encoder.relative_position_bias.*', as: 'rel_pos_bias.*' },
        ...inTransformers('encoder.layer.*', 'encoder.layer.*.attention.attention', 'query key value'),
      ],
    },
    {
      // Since version 5.
      name: 'transformers, in memory',
      code: 'huggingface/transformers models/beit/modeling_beit.py',
      has: ['embeddings.cls_token', 'layers.0.attention.q_proj.bias', TABLES[0]],
      never: ['layers.0.attention.k_proj.bias'],
      rules: [
        { keep: 'shared_position_bias.*', as: 'rel_pos_bias.*' },
        { keep: 'layers.*.relative_position_bias.relative_position_bias_table', as: OWN_TABLE },
        ...inTransformers('layers.*', 'layers.*.attention', 'q_proj k_proj v_proj'),
      ],
    },
  ],
}
