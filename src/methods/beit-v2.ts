import { IMAGENET, type Method } from './method.ts'

export const beitV2 = {
  name: 'beit-v2',
  title: 'BEiT v2: Masked Image Modeling with Vector-Quantized Visual Tokenizers',
  paper: 'https://arxiv.org/abs/2208.06366',
  code: {
    repository: 'microsoft/unilm',
    file: 'beit2/modeling_pretrain.py',
    commit: '768a3c873f598bb9b4d4dfb9267b099e35f8fe56',
  },
  sections: ['model'],
  signature: ['lm_head.*', 'cls_pt_layers.*'],
  rules: [
    { drop: 'lm_head.*', because: 'prediction of visual tokens' },
    // Layers only for the class token; with --shared_lm_head, they have no own head.
    { drop: 'cls_pt_*', because: 'layers of the patch aggregation' },
    { drop: 'mask_token', because: 'mask token' },
    { keep: '*', as: '*' },
  ],
  // PRETRAINING.md: --imagenet_default_mean_and_std.
  normalisation: IMAGENET,
  published: ['beitv2_base_patch16_224_pt1k.pth', 'beitv2_large_patch16_224_pt1k.pth'],
} as const satisfies Method
