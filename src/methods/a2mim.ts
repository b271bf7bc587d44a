import { IMAGENET, type Method } from './method.ts'

/** As trained by OpenMixup: openmixup/models/selfsup/a2mim.py, backbones/mim_resnet.py, necks/mim_neck.py. */
export const a2mim = {
  name: 'a2mim',
  title: 'A2MIM: Architecture-Agnostic Masked Image Modeling',
  paper: 'https://arxiv.org/abs/2205.13943',
  code: {
    repository: 'Westlake-AI/openmixup',
    file: 'openmixup/models/backbones/mim_resnet.py',
    commit: '37e1372446ab35c03fcf77302539bd4a5bee47eb',
  },
  sections: ['state_dict'],
  signature: ['backbone.mask_token', 'neck.decoder_pred.*'],
  rules: [
    { drop: 'backbone.mask_token', because: 'what stands in the place of masked patches' },
    { drop: 'backbone.mask_gamma', because: 'weight of the masked patches' },
    { drop: 'neck.*', because: 'decoder of the pixels' },
    { keep: 'backbone.*', as: '*' },
  ],
  normalisation: IMAGENET,
  published: [],
} as const satisfies Method
