import { IMAGENET, type Method } from './method.ts'

export const barlowTwins = {
  name: 'barlow-twins',
  title: 'Barlow Twins: Self-Supervised Learning via Redundancy Reduction',
  paper: 'https://arxiv.org/abs/2103.03230',
  code: {
    repository: 'facebookresearch/barlowtwins',
    file: 'main.py',
    commit: '8e8d284ca0bc02f88b92328e53f9b901e86b4a3c',
  },
  sections: ['model'],
  signature: ['backbone.*', 'projector.0.weight', 'bn.running_mean'],
  rules: [
    { drop: 'projector.*', because: 'projection head' },
    { drop: 'bn.*', because: 'normalisation of the projections' },
    { keep: 'backbone.*', as: '*' },
  ],
  normalisation: IMAGENET,
  // resnet50.pth contains only the backbone, without prefix: method `backbone`.
  published: ['checkpoint.pth'],
} as const satisfies Method
