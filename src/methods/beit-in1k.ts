import { IMAGENET, type Method } from './method.ts'

/** A file that BEiT's authors released for comparison: a plain ViT, trained like BEiT. */
export const beitIn1k = {
  name: 'beit-in1k',
  title: 'BEiT on ImageNet-1k with absolute positions: BERT Pre-Training of Image Transformers',
  label: 'BEiT on ImageNet-1k',
  paper: 'https://arxiv.org/abs/2106.08254',
  // beit/README.md:190: --disable_rel_pos_bias --abs_pos_emb --layer_scale_init_value 0
  code: {
    repository: 'microsoft/unilm',
    file: 'beit/modeling_pretrain.py',
    commit: '768a3c873f598bb9b4d4dfb9267b099e35f8fe56',
  },
  sections: ['model'],
  signature: ['pos_embed', 'blocks.0.attn.q_bias', 'lm_head.*'],
  rows: { of: 'lm_head.weight', are: 8192 },
  rules: [
    { drop: 'lm_head.*', because: 'prediction of visual tokens' },
    { drop: 'mask_token', because: 'mask token' },
    { keep: '*', as: '*' },
  ],
  // beit/README.md:119
  normalisation: IMAGENET,
  published: ['beit_base_patch16_224_pt1k_800ep.pth'],
} as const satisfies Method
