import { IMAGENET, type Method } from './method.ts'

export const lightlySimmim = {
  name: 'lightly-simmim',
  title: 'SimMIM in lightly, as in its Lightning example',
  label: 'SimMIM in lightly',
  paper: 'https://arxiv.org/abs/2111.09886',
  code: {
    repository: 'lightly-ai/lightly',
    file: 'examples/pytorch_lightning/simmim.py',
    commit: 'e8d317fc5a87f4387a85a35e689869039ec249ee',
  },
  sections: ['state_dict'],
  signature: ['backbone.vit.*', 'mask_token', 'decoder.weight'],
  rules: [
    { drop: 'mask_token', because: 'stand-in for masked patches' },
    { drop: 'backbone.mask_token', because: 'stand-in for masked patches' },
    { drop: 'decoder.*', because: 'prediction of pixels' },
    { keep: 'backbone.vit.*', as: '*' },
  ],
  normalisation: IMAGENET,
  published: [],
} as const satisfies Method
