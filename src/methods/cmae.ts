import { IMAGENET, type Method } from './method.ts'

export const cmae = {
  name: 'cmae',
  title: 'CMAE: Contrastive Masked Autoencoders are Stronger Vision Learners',
  paper: 'https://arxiv.org/abs/2207.13532',
  code: {
    repository: 'ZhichengHuang/CMAE',
    file: 'cmae/models/algorithms/cmae.py',
    commit: 'e786a5253504b1c5d5ac4027c485711b58ba4ddd',
  },
  sections: ['state_dict'],
  networks: [
    {
      name: 'online',
      about: 'the network that is trained by back-propagation, and the one that CMAE transfers',
    },
    { name: 'target', about: 'its moving average, without a last normalisation' },
  ],
  signature: ['backbone.*', 'target_backbone.*', 'pixel_decoder.*'],
  rules: [
    { keep: 'backbone.*', as: '*', network: 'online' },
    { keep: 'target_backbone.*', as: '*', network: 'target' },
    { drop: 'pixel_decoder.*', because: 'decoder of pixels' },
    { drop: 'feature_decoder.*', because: 'decoder of features' },
    { drop: 'projector.*', because: 'projection head' },
    { drop: 'target_projector.*', because: 'projection head of the target network' },
    { drop: 'head.*', because: 'prediction head' },
  ],
  normalisation: IMAGENET,
  published: [],
} as const satisfies Method
