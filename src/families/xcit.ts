/** XCiT, in the names of its authors (facebookresearch/xcit xcit.py), with DINO's and supervised files. */
import { both, type NamingRule } from '../rename/naming.ts'
import {
  type Architecture,
  affine,
  architecture,
  type Family,
  float,
  LAST_STAGE,
  norm,
  type Shapes,
  type TensorSpec,
} from './family.ts'

interface Size {
  readonly name: string
  readonly title: string
  readonly dims: number
  readonly depth: number
}

const SIZES: readonly Size[] = [
  { name: 'xcit-tiny-12', title: 'XCiT-T12', dims: 192, depth: 12 },
  { name: 'xcit-tiny-24', title: 'XCiT-T24', dims: 192, depth: 24 },
  { name: 'xcit-small-12', title: 'XCiT-S12', dims: 384, depth: 12 },
  { name: 'xcit-small-24', title: 'XCiT-S24', dims: 384, depth: 24 },
  { name: 'xcit-medium-24', title: 'XCiT-M24', dims: 512, depth: 24 },
  { name: 'xcit-large-24', title: 'XCiT-L24', dims: 768, depth: 24 },
]

const HEADS: Readonly<Record<number, number>> = { 192: 4, 384: 8, 512: 8, 768: 16 }

interface Variant {
  readonly patch: number
}

function variantOf(state?: Shapes): Variant {
  // Each convolution halves the image: four make patches of 16 pixels, three of 8.
  return { patch: state && !state.has('patch_embed.proj.6.0.weight') ? 8 : 16 }
}

function xcit({ name, title, dims, depth }: Size, variant: Variant): Architecture {
  const heads = HEADS[dims]!
  return architecture({ name, title, family: 'xcit', facts: { dims, depth, heads, ...variant } }, () => [
    float('cls_token', 1, 1, dims),
    ...stem(dims, variant.patch),
    ...affine('pos_embeder.token_projection', [dims, 64, 1, 1]),
    ...Array.from({ length: depth }, (_, index) => block(`blocks.${index}`, dims, heads)).flat(),
    ...[0, 1].flatMap(index => classBlock(`cls_attn_blocks.${index}`, dims)),
    ...affine('norm', [dims]),
  ])
}

function stem(dims: number, patch: number): TensorSpec[] {
  const count = Math.log2(patch)
  return Array.from({ length: count }, (_, index) => {
    const outputs = dims / 2 ** (count - 1 - index)
    const inputs = index === 0 ? 3 : outputs / 2
    const name = `patch_embed.proj.${2 * index}`
    return [...affine(`${name}.0`, [outputs, inputs, 3, 3], false), ...norm(`${name}.1`, outputs)]
  }).flat()
}

function block(name: string, dims: number, heads: number): TensorSpec[] {
  return [
    ...[1, 2, 3].map(part => float(`${name}.gamma${part}`, dims)),
    ...affine(`${name}.norm1`, [dims]),
    float(`${name}.attn.temperature`, heads, 1, 1),
    ...affine(`${name}.attn.qkv`, [3 * dims, dims]),
    ...affine(`${name}.attn.proj`, [dims, dims]),
    ...affine(`${name}.norm2`, [dims]),
    ...affine(`${name}.mlp.fc1`, [4 * dims, dims]),
    ...affine(`${name}.mlp.fc2`, [dims, 4 * dims]),
    ...affine(`${name}.norm3`, [dims]),
    ...affine(`${name}.local_mp.conv1`, [dims, 1, 3, 3]),
    ...norm(`${name}.local_mp.bn`, dims),
    ...affine(`${name}.local_mp.conv2`, [dims, 1, 3, 3]),
  ]
}

function classBlock(name: string, dims: number): TensorSpec[] {
  return [
    ...[1, 2].map(part => float(`${name}.gamma${part}`, dims)),
    ...affine(`${name}.norm1`, [dims]),
    ...affine(`${name}.attn.qkv`, [3 * dims, dims]),
    ...affine(`${name}.attn.proj`, [dims, dims]),
    ...affine(`${name}.norm2`, [dims]),
    ...affine(`${name}.mlp.fc1`, [4 * dims, dims]),
    ...affine(`${name}.mlp.fc2`, [dims, 4 * dims]),
  ]
}

const NAMES: readonly NamingRule[] = [
  { drop: 'head.*', because: 'classification head' },
  { keep: 'cls_token', as: 'cls_token' },
  { keep: 'patch_embed.*', as: 'patch_embed.*' },
  { keep: 'blocks.*', as: 'blocks.*' },
  { keep: 'norm.*', as: 'norm.*' },
]

const joinedClass = (from: string): readonly NamingRule[] =>
  ['weight', 'bias'].map(part => ({
    join: ['q', 'k', 'v'].map(name => `${from}.*.attn.${name}.${part}`),
    as: `cls_attn_blocks.*.attn.qkv.${part}`,
  }))

/** Cross-covariance image transformers. */
export const xcitFamily: Family = {
  name: 'xcit',
  title: 'XCiT',
  architectures: state => SIZES.map(size => xcit(size, variantOf(state))),
  look: {
    firstLayer: 'patch_embed.proj.0.0.weight',
    stages: [
      [/^((?:cls_attn_)?blocks\.\d+)\./, '$1'],
      [/^norm\./, LAST_STAGE],
    ],
    initial: 'small',
  },
  spellings: [
    {
      name: 'official',
      code: 'facebookresearch/xcit xcit.py',
      has: ['pos_embeder.token_projection.weight', 'cls_attn_blocks.0.attn.qkv.weight'],
      rules: [
        ...NAMES,
        { keep: 'pos_embeder.*', as: 'pos_embeder.*' },
        { keep: 'cls_attn_blocks.*', as: 'cls_attn_blocks.*' },
      ],
    },
    {
      name: 'timm',
      code: 'huggingface/pytorch-image-models timm/models/xcit.py',
      has: ['pos_embed.token_projection.weight', 'cls_attn_blocks.0.attn.q.weight'],
      rules: [
        ...NAMES,
        { keep: 'pos_embed.*', as: 'pos_embeder.*' },
        ...joinedClass('cls_attn_blocks'),
        { keep: 'cls_attn_blocks.*', as: 'cls_attn_blocks.*' },
      ],
    },
    {
      name: 'mmpretrain',
      code: 'open-mmlab/mmpretrain mmpretrain/models/backbones/xcit.py',
      has: ['pos_embed.token_projection.conv.weight', 'ca_layers.0.attn.q.weight'],
      rules: [
        { keep: 'cls_token', as: 'cls_token' },
        { keep: 'norm.*', as: 'norm.*' },
        ...[0, 1, 2, 3].flatMap(index => [
          { keep: `patch_embed.proj.${index}.conv.*`, as: `patch_embed.proj.${2 * index}.0.*` },
          { keep: `patch_embed.proj.${index}.bn.*`, as: `patch_embed.proj.${2 * index}.1.*` },
        ]),
        { keep: 'pos_embed.token_projection.conv.*', as: 'pos_embeder.token_projection.*' },
        ...both('xca_layers.*.ffn.layers.0.0', 'blocks.*.mlp.fc1'),
        ...both('xca_layers.*.ffn.layers.1', 'blocks.*.mlp.fc2'),
        ...both('xca_layers.*.local_mp.conv1.conv', 'blocks.*.local_mp.conv1'),
        ...['weight', 'bias', 'running_mean', 'running_var', 'num_batches_tracked'].map(part => ({
          keep: `xca_layers.*.local_mp.conv1.bn.${part}`,
          as: `blocks.*.local_mp.bn.${part}`,
        })),
        ...both('xca_layers.*.local_mp.conv2.conv', 'blocks.*.local_mp.conv2'),
        { keep: 'xca_layers.*', as: 'blocks.*' },
        ...joinedClass('ca_layers'),
        ...both('ca_layers.*.ffn.layers.0.0', 'cls_attn_blocks.*.mlp.fc1'),
        ...both('ca_layers.*.ffn.layers.1', 'cls_attn_blocks.*.mlp.fc2'),
        { keep: 'ca_layers.*', as: 'cls_attn_blocks.*' },
      ],
    },
  ],
}
