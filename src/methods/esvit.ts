import { IMAGENET, type Method } from './method.ts'

export const esvit = {
  name: 'esvit',
  title: 'EsViT: Efficient Self-supervised Vision Transformers for Representation Learning',
  paper: 'https://arxiv.org/abs/2106.09785',
  code: {
    repository: 'microsoft/esvit',
    file: 'main_esvit.py',
    commit: '2d6becd92be61860697faabf35f88e0698e24379',
  },
  sections: ['teacher'],
  networks: [
    { name: 'teacher', about: "the student's moving average, and the one that EsViT evaluates" },
    {
      name: 'student',
      about: 'the network that is trained by back-propagation',
      sections: ['student'],
    },
  ],
  signature: ['head.mlp.*', 'head_dense.mlp.*'],
  rules: [
    { drop: 'head.*', because: 'projection head' },
    { drop: 'head_dense.*', because: 'projection head of regions' },
    // ResNets are wrapped twice (main_esvit.py:347, utils.py:621); transformers are not.
    { keep: 'backbone.backbone.*', as: '*' },
    { keep: '*', as: '*' },
  ],
  normalisation: IMAGENET,
  published: ['checkpoint.pth', 'checkpoint_best.pth'],
} as const satisfies Method
