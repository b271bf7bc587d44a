/** What families of Vision Transformers share: names outside their blocks, and their missing biases. */
import type { JoinRule, NamingRule } from '../rename/naming.ts'

export interface VitSize {
  readonly name: string
  readonly title: string
  readonly dims: number
  readonly depth: number
  /** The usual number; it is not visible in the tensors, so methods with another number state it. */
  readonly heads: number
  /** Channels inside the feed-forward layers. */
  readonly hidden: number
}

/** Tensors in files of the original code that a backbone does not contain. */
export const CLASSIFIER: readonly NamingRule[] = [
  { drop: 'head.*', because: 'classification head' },
  { drop: 'fc_norm.*', because: 'normalisation of the classifier' },
]

export const MASK_TOKEN: NamingRule = { drop: 'mask_token', because: 'mask token' }

/** A ViT without its blocks. */
export const AROUND_BLOCKS: readonly NamingRule[] = [
  { keep: 'patch_embed.proj.*', as: 'patch_embed.proj.*' },
  { keep: 'cls_token', as: 'cls_token' },
  { keep: 'pos_embed', as: 'pos_embed' },
  { keep: 'norm.*', as: 'norm.*' },
]

/** Keys have no bias: zeros instead, as in mmpretrain tools/model_converters/eva02_to_mmpretrain.py. */
export function queryAndValueBias(query: string, value: string): JoinRule {
  return { join: [query, { zerosLike: query }, value], as: 'blocks.*.attn.qkv.bias' }
}

/** LayerScale under BEiT's names. */
export function gammas(blocks: string): readonly NamingRule[] {
  return [1, 2].map(n => ({ keep: `${blocks}.gamma_${n}`, as: `blocks.*.ls${n}.gamma` }))
}
