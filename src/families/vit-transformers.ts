/** BEiT with absolute instead of relative positions, in the names of transformers: a ViT whose keys have no bias. */
import type { Spelling } from './family.ts'
import { inVit, joinedAttention } from './transformers.ts'
import { queryAndValueBias } from './vit-parts.ts'

function spelling(name: string, attention: string, names: string): Spelling {
  const [query, key, value] = names.split(' ').map(part => `${attention}.${part}.bias`)
  const layer = attention.slice(0, attention.indexOf('*') + 1)
  return {
    name,
    code: 'huggingface/transformers models/beit/modeling_beit.py (use_absolute_position_embeddings)',
    has: ['embeddings.position_embeddings', query!.replace('*', '0')],
    never: [key!.replace('*', '0'), '*.relative_position_bias_table'],
    rules: [
      queryAndValueBias(query!, value!),
      joinedAttention(attention, names, 'blocks.*.attn.qkv', 'weight'),
      { drop: 'pooler.*', because: 'normalisation of the classifier' },
      ...[1, 2].map(n => ({ keep: `${layer}.lambda_${n}`, as: `blocks.*.ls${n}.gamma` })),
      ...inVit,
    ],
  }
}

/** In files, and in memory since version 5. */
export const BEIT_WITH_POSITIONS: readonly Spelling[] = [
  spelling('transformers, q and v biases', 'encoder.layer.*.attention.attention', 'query key value'),
  spelling('transformers, q and v biases, in memory', 'layers.*.attention', 'q_proj k_proj v_proj'),
]
