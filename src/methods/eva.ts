import { CLIP, type Method } from './method.ts'

/** Its files have no LayerScale, unlike BEiT's. */
export const eva = {
  name: 'eva',
  title: 'EVA: Exploring the Limits of Masked Visual Representation Learning at Scale',
  paper: 'https://arxiv.org/abs/2211.07636',
  code: {
    repository: 'baaivision/EVA',
    file: 'EVA-01/eva/modeling_pretrain.py',
    commit: '5623d08bb08a8268c7bc18e1d9b8b4bd651fe4d9',
  },
  // DeepSpeed's engine stores it as `module`.
  sections: ['module', 'model', ''],
  signature: ['pos_embed', 'blocks.0.attn.q_bias', 'blocks.0.mlp.fc1.weight', 'lm_head.*'],
  // BEiT predicts one of as many visual tokens, with the same names.
  rows: { of: 'lm_head.weight', are: 8192, not: true },
  rules: [
    { drop: 'lm_head.*', because: 'prediction of CLIP features' },
    { drop: 'mask_token', because: 'mask token' },
    { keep: 'cls_token', as: 'cls_token' },
    { keep: 'pos_embed', as: 'pos_embed' },
    { keep: 'patch_embed.*', as: 'patch_embed.*' },
    { keep: 'norm.*', as: 'norm.*' },
    ...[
      'norm1.weight',
      'norm1.bias',
      'attn.q_bias',
      'attn.v_bias',
      'attn.qkv.weight',
      'attn.proj.weight',
      'attn.proj.bias',
      'norm2.weight',
      'norm2.bias',
      'mlp.fc1.weight',
      'mlp.fc1.bias',
      'mlp.fc2.weight',
      'mlp.fc2.bias',
    ].map(part => ({ keep: `blocks.*.${part}`, as: `blocks.*.${part}` })),
  ],
  normalisation: CLIP,
  published: ['eva_psz14.pt'],
} as const satisfies Method
