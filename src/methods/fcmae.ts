import { IMAGENET, type Method } from './method.ts'

/** The released files are dense and contain only the backbone: method `backbone`. */
export const fcmae = {
  name: 'fcmae',
  title: 'FCMAE: ConvNeXt V2, co-designed with Masked Autoencoders',
  label: 'FCMAE',
  paper: 'https://arxiv.org/abs/2301.00808',
  code: {
    repository: 'facebookresearch/ConvNeXt-V2',
    file: 'models/fcmae.py',
    commit: '2553895753323c6fe0b2bf390683f5ea358a42b9',
  },
  sections: ['model'],
  signature: ['encoder.*', 'proj.weight', 'decoder.0.*', 'pred.weight'],
  rules: [
    { drop: 'proj.*', because: 'projection on the way to the decoder' },
    { drop: 'decoder.*', because: 'decoder' },
    { drop: 'pred.*', because: 'prediction of pixels' },
    { drop: 'mask_token', because: 'mask token' },
    { keep: 'encoder.*', as: '*' },
  ],
  normalisation: IMAGENET,
  published: [],
} as const satisfies Method
