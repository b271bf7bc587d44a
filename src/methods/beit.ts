import { HALF, type Method } from './method.ts'

/** What is trained further on labels (`*_ft22k.pth`) holds the backbone and a classifier: method `backbone`. */
export const beit = {
  name: 'beit',
  title: 'BEiT: BERT Pre-Training of Image Transformers; data2vec (vision), which has the same names',
  label: 'BEiT or data2vec',
  paper: 'https://arxiv.org/abs/2106.08254',
  // Also read: facebookresearch/data2vec_vision@af9a36349aaed59ae66e69b5dabeef2d62fdc5da beit/modeling_cyclical.py.
  code: {
    repository: 'microsoft/unilm',
    file: 'beit/modeling_pretrain.py',
    commit: '768a3c873f598bb9b4d4dfb9267b099e35f8fe56',
  },
  // beit/utils.py:413
  sections: ['model'],
  signature: ['blocks.0.gamma_1', 'lm_head.*'],
  rules: [
    { drop: 'lm_head.*', because: 'prediction of visual tokens' },
    { drop: 'mask_token', because: 'stand-in for masked patches' },
    { keep: '*', as: '*' },
  ],
  // On ImageNet-22k. What was trained with --imagenet_default_mean_and_std has ImageNet's, as data2vec has.
  normalisation: HALF,
  published: [
    'beit_base_patch16_224_pt22k.pth',
    'beit_large_patch16_224_pt22k.pth',
    'beit_base_patch16_224_pt1k_800ep.pth',
  ],
} as const satisfies Method
