import { HALF, type Method } from './method.ts'

/** Files trained further on labels (`*_ft22k.pth`) contain the backbone and a classifier: method `backbone`. */
export const beit = {
  name: 'beit',
  title: 'BEiT: BERT Pre-Training of Image Transformers',
  paper: 'https://arxiv.org/abs/2106.08254',
  code: {
    repository: 'microsoft/unilm',
    file: 'beit/modeling_pretrain.py',
    commit: '768a3c873f598bb9b4d4dfb9267b099e35f8fe56',
  },
  // beit/utils.py:413
  sections: ['model'],
  signature: ['blocks.0.gamma_1', 'lm_head.*'],
  // DALL-E's visual tokens; data2vec has the same names.
  rows: { of: 'lm_head.weight', are: 8192 },
  rules: [
    { drop: 'lm_head.*', because: 'prediction of visual tokens' },
    { drop: 'mask_token', because: 'mask token' },
    { keep: '*', as: '*' },
  ],
  // beit/README.md:119: --imagenet_default_mean_and_std for ImageNet-1k.
  normalisation: HALF,
  normalisationNote:
    "So on ImageNet-22k, as in the released files. Of a training on ImageNet-1k (--imagenet_default_mean_and_std), leave this out: the base has ImageNet's.",
  published: ['beit_base_patch16_224_pt22k.pth', 'beit_large_patch16_224_pt22k.pth'],
} as const satisfies Method
