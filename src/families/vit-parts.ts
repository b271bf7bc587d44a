/** What the families of Vision Transformers share: names beside their blocks, and biases that they spell in one way. */
import type { JoinRule, NamingRule } from '../rename/naming.ts'

export interface VitSize {
  readonly name: string
  readonly title: string
  readonly dims: number
  readonly depth: number
  /** As most have it; what a method has instead is data of the method: no tensor tells. */
  readonly heads: number
  /** Channels inside of the feed-forward layers. */
  readonly hidden: number
}

/** Tensors in the files of the original code that no backbone has. */
export const CLASSIFIER: readonly NamingRule[] = [
  { drop: 'head.*', because: 'classification head' },
  { drop: 'fc_norm.*', because: 'normalisation of the classifier' },
]

export const MASK_TOKEN: NamingRule = { drop: 'mask_token', because: 'mask token' }

/** A ViT but for its blocks. */
export const AROUND_BLOCKS: readonly NamingRule[] = [
  { keep: 'patch_embed.proj.*', as: 'patch_embed.proj.*' },
  { keep: 'cls_token', as: 'cls_token' },
  { keep: 'pos_embed', as: 'pos_embed' },
  { keep: 'norm.*', as: 'norm.*' },
]

/** Keys have no bias: zeros in its place, as mmpretrain tools/model_converters/eva02_to_mmpretrain.py puts them. */
export function queryAndValueBias(query: string, value: string): JoinRule {
  return { join: [query, { zerosLike: query }, value], as: 'blocks.*.attn.qkv.bias' }
}

/** LayerScale under the names that BEiT has for it. */
export function gammas(blocks: string): readonly NamingRule[] {
  return [1, 2].map(n => ({ keep: `${blocks}.gamma_${n}`, as: `blocks.*.ls${n}.gamma` }))
}
