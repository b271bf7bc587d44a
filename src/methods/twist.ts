import { IMAGENET, type Method } from './method.ts'

export const twist = {
  name: 'twist',
  title: 'TWIST (ResNet): Self-Supervised Learning by Estimating Twin Class Distributions',
  paper: 'https://arxiv.org/abs/2110.07402',
  code: {
    repository: 'bytedance/TWIST',
    file: 'train.py',
    commit: '796d36e4ce0dfac99358224b34dab899505cc92c',
  },
  // The section `backbone` repeats the tensors of `model` under `backbone.*`.
  sections: ['model'],
  networks: [
    {
      name: 'student',
      about: 'the network that is trained by back-propagation, and the one that TWIST transfers',
    },
    {
      name: 'teacher',
      about: 'its moving average, in files trained with --use_momentum_encoder only',
      sections: ['teacher'],
    },
  ],
  signature: ['backbone.*', 'projection_heads.*'],
  rules: [
    { drop: 'projection_heads.*', because: 'projection head' },
    { keep: 'backbone.*', as: '*' },
  ],
  normalisation: IMAGENET,
  // The published links have no file names.
  published: [],
} as const satisfies Method
