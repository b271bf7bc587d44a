import { IMAGENET, type Method } from './method.ts'

export const lightlyMae = {
  name: 'lightly-mae',
  title: 'MAE in lightly, as in its Lightning example and its benchmarks',
  label: 'MAE in lightly',
  paper: 'https://arxiv.org/abs/2111.06377',
  code: {
    repository: 'lightly-ai/lightly',
    file: 'benchmarks/imagenet/vitb16/mae.py',
    commit: 'e8d317fc5a87f4387a85a35e689869039ec249ee',
  },
  sections: ['state_dict'],
  signature: ['backbone.vit.*', 'decoder_embed.*', 'prediction_head.*'],
  rules: [
    { drop: 'backbone.mask_token', because: 'mask token' },
    { keep: 'backbone.vit.*', as: '*' },
    { drop: 'decoder_embed.*', because: 'projection on the way to the decoder' },
    { drop: 'decoder.*', because: 'decoder' },
    { drop: 'prediction_head.*', because: 'prediction of pixels' },
    { drop: 'online_classifier.*', because: 'linear classifier for monitoring' },
  ],
  normalisation: IMAGENET,
  published: [],
} as const satisfies Method
