/**
 * Names in Hugging Face transformers that many networks share. Files contain the older names
 * (`encoder.layer.0.attention.attention.query`); since version 5, a network in memory has others
 * (`layers.0.attention.q_proj`), which `torch.save(model.state_dict())` writes.
 */
import { both, type JoinRule, type NamingRule } from '../rename/naming.ts'

/**
 * Joins queries, keys and values to one matrix.
 * @param from the prefix of all three, with the `*`
 * @param names of the three: `query key value`
 * @param part `weight` or `bias`
 */
export function joinedAttention(from: string, names: string, as: string, part: 'weight' | 'bias'): JoinRule {
  return { join: names.split(' ').map(name => `${from}.${name}.${part}`), as: `${as}.${part}` }
}

/**
 * A ViT without its attention: embeddings, and blocks under both names (models/vit/modeling_vit.py, dinov2/modeling_dinov2.py).
 */
export const inVit: readonly NamingRule[] = [
  { drop: 'embeddings.mask_token', because: 'mask token' },
  { drop: 'pooler.*', because: 'pooling for the classifier' },
  { keep: 'embeddings.cls_token', as: 'cls_token' },
  { keep: 'embeddings.position_embeddings', as: 'pos_embed' },
  { keep: 'embeddings.patch_embeddings.projection.*', as: 'patch_embed.proj.*' },
  ...['encoder.layer.*', 'layers.*'].flatMap(layer => [
    ...both(`${layer}.layernorm_before`, 'blocks.*.norm1'),
    ...both(`${layer}.layernorm_after`, 'blocks.*.norm2'),
    ...both(`${layer}.norm1`, 'blocks.*.norm1'),
    ...both(`${layer}.norm2`, 'blocks.*.norm2'),
    { keep: `${layer}.layer_scale1.lambda1`, as: 'blocks.*.ls1.gamma' },
    { keep: `${layer}.layer_scale2.lambda1`, as: 'blocks.*.ls2.gamma' },
    ...both(`${layer}.intermediate.dense`, 'blocks.*.mlp.fc1'),
    ...both(`${layer}.mlp.fc1`, 'blocks.*.mlp.fc1'),
    ...both(`${layer}.mlp.fc2`, 'blocks.*.mlp.fc2'),
    ...both(`${layer}.mlp.weights_in`, 'blocks.*.mlp.w12'),
    ...both(`${layer}.mlp.weights_out`, 'blocks.*.mlp.w3'),
    // In memory, DINOv2's giant stores the two halves of `weights_in` separately; the first is the input of the SiLU.
    ...['weight', 'bias'].map(part => ({
      join: ['gate_proj', 'up_proj'].map(name => `${layer}.mlp.${name}.${part}`),
      as: `blocks.*.mlp.w12.${part}`,
    })),
    ...both(`${layer}.mlp.down_proj`, 'blocks.*.mlp.w3'),
    ...both(`${layer}.attention.output.dense`, 'blocks.*.attn.proj'),
    ...both(`${layer}.attention.o_proj`, 'blocks.*.attn.proj'),
    ...both(`${layer}.output.dense`, 'blocks.*.mlp.fc2'),
  ]),
  { keep: 'layernorm.*', as: 'norm.*' },
]

const ATTENTION = [
  ['encoder.layer.*.attention.attention', 'query key value'],
  ['encoder.layer.*.attention', 'q_proj k_proj v_proj'],
  ['layers.*.attention', 'q_proj k_proj v_proj'],
] as const

/** A ViT whose queries, keys and values have biases. */
export const VIT_RULES: readonly NamingRule[] = [
  ...ATTENTION.flatMap(([from, names]) => [
    joinedAttention(from, names, 'blocks.*.attn.qkv', 'weight'),
    joinedAttention(from, names, 'blocks.*.attn.qkv', 'bias'),
  ]),
  ...inVit,
]

/** What Swin V1 and V2 share in files and in memory (models/swin/modeling_swin.py, swinv2/modeling_swinv2.py). */
export const inSwin: readonly NamingRule[] = [
  { drop: 'embeddings.mask_token', because: 'mask token' },
  { keep: 'embeddings.patch_embeddings.projection.*', as: 'patch_embed.proj.*' },
  { keep: 'embeddings.norm.*', as: 'patch_embed.norm.*' },
  ...['encoder.layers.*', 'layers.*'].flatMap(layer => [
    ...both(`${layer}.layernorm_before`, 'layers.*.norm1'),
    ...both(`${layer}.layernorm_after`, 'layers.*.norm2'),
    ...both(`${layer}.attention.output.dense`, 'layers.*.attn.proj'),
    ...both(`${layer}.attention.o_proj`, 'layers.*.attn.proj'),
    ...both(`${layer}.intermediate.dense`, 'layers.*.mlp.fc1'),
    ...both(`${layer}.output.dense`, 'layers.*.mlp.fc2'),
    ...both(`${layer}.mlp.fc1`, 'layers.*.mlp.fc1'),
    ...both(`${layer}.mlp.fc2`, 'layers.*.mlp.fc2'),
    { keep: `${layer}.downsample.reduction.weight`, as: 'layers.*.downsample.reduction.weight' },
    ...both(`${layer}.downsample.norm`, 'layers.*.downsample.norm'),
  ]),
  { keep: 'layernorm.*', as: 'norm.*' },
]

/** The place of Swin's queries, keys and values: in files, and in memory since version 5. */
export const SWIN_ATTENTION = [
  ['encoder.layers.*.attention.self', 'query key value'],
  ['encoder.layers.*.attention', 'q_proj k_proj v_proj'],
  ['layers.*.attention', 'q_proj k_proj v_proj'],
] as const

/** Queries, keys and values of Swin as one matrix, or one vector. */
export function swinAttention(part: 'weight' | 'bias'): readonly NamingRule[] {
  return SWIN_ATTENTION.map(([from, names]) => joinedAttention(from, names, 'layers.*.attn.qkv', part))
}
