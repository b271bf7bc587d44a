import { IMAGENET, type Method } from './method.ts'

export const paws = {
  name: 'paws',
  title:
    'PAWS: Semi-Supervised Learning of Visual Features by Non-Parametrically Predicting View Assignments',
  paper: 'https://arxiv.org/abs/2104.13963',
  code: {
    repository: 'facebookresearch/suncet',
    file: 'src/paws_train.py',
    commit: '731547d727b8c94d06c08a7848b4955de3a70cea',
  },
  sections: ['encoder'],
  signature: ['conv1.weight', 'fc.fc1.*', 'fc.fc3.*'],
  rules: [
    { drop: 'fc.*', because: 'projection head' },
    { drop: 'pred.*', because: 'prediction head' },
    { keep: 'conv1.*', as: 'conv1.*' },
    { keep: 'bn1.*', as: 'bn1.*' },
    ...[1, 2, 3, 4].map(stage => ({ keep: `layer${stage}.*`, as: `layer${stage}.*` })),
  ],
  normalisation: IMAGENET,
  published: [],
} as const satisfies Method
