import { IMAGENET, type Method } from './method.ts'

export const simmim = {
  name: 'simmim',
  title: 'SimMIM: A Simple Framework for Masked Image Modeling',
  paper: 'https://arxiv.org/abs/2111.09886',
  code: {
    repository: 'microsoft/SimMIM',
    file: 'models/simmim.py',
    commit: 'd3e29bcac950b83edc34ca33fe4404f38309052c',
  },
  sections: ['model'],
  signature: ['encoder.mask_token', 'decoder.0.weight'],
  rules: [
    { drop: 'encoder.mask_token', because: 'mask token' },
    { drop: 'decoder.0.*', because: 'decoder' },
    { keep: 'encoder.*', as: '*' },
  ],
  normalisation: IMAGENET,
  published: [
    'simmim_pretrain__swin_base__img192_window6__100ep.pth',
    'simmim_pretrain__swin_base__img192_window6__800ep.pth',
    'simmim_pretrain__swin_large__img192_window12__800ep.pth',
    'simmim_pretrain__vit_base__img224__800ep.pth',
  ],
} as const satisfies Method
