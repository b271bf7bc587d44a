import { IMAGENET, type Method } from './method.ts'

export const unigrad = {
  name: 'unigrad',
  title:
    'UniGrad: Exploring the Equivalence of Siamese Self-Supervised Learning via A Unified Gradient Framework',
  paper: 'https://arxiv.org/abs/2112.05141',
  code: {
    repository: 'fundamentalvision/UniGrad',
    file: 'project/model.py',
    commit: 'ede8e687f2015126c52e7742794c690110108ea5',
  },
  // project/pretrainer.py:180
  sections: ['model'],
  networks: [
    {
      name: 'online',
      about: 'the encoder that is trained by back-propagation, and the one that is evaluated',
    },
    { name: 'target', about: 'its moving average' },
  ],
  signature: ['encoder.*', 'momentum_encoder.*', 'momentum_projector.*'],
  rules: [
    { keep: 'encoder.*', as: '*', network: 'online' },
    { keep: 'momentum_encoder.*', as: '*', network: 'target' },
    { drop: 'projector.*', because: 'projection head' },
    { drop: 'momentum_projector.*', because: 'projection head of the target network' },
  ],
  normalisation: IMAGENET,
  published: [],
} as const satisfies Method
