import { IMAGENET, type Method } from './method.ts'

export const mocoV3 = {
  name: 'moco-v3',
  title: 'MoCo v3: An Empirical Study of Training Self-Supervised Vision Transformers',
  paper: 'https://arxiv.org/abs/2104.02057',
  code: {
    repository: 'facebookresearch/moco-v3',
    file: 'moco/builder.py',
    commit: 'c349e6e24f40d3fedb22d973f92defa4cedf37a7',
  },
  sections: ['state_dict'],
  networks: [
    {
      name: 'base',
      about: 'the encoder that is trained by back-propagation, and the one that MoCo v3 transfers',
    },
    { name: 'momentum', about: 'its moving average' },
  ],
  signature: ['base_encoder.*', 'momentum_encoder.*', 'predictor.*'],
  rules: [
    { drop: 'base_encoder.fc.*', because: 'projection head', head: 'fc.*', network: 'base' },
    {
      drop: 'momentum_encoder.fc.*',
      because: 'projection head of the momentum encoder',
      head: 'fc.*',
      network: 'momentum',
    },
    // Transformers call it `head`.
    { drop: 'base_encoder.head.*', because: 'projection head' },
    { drop: 'momentum_encoder.head.*', because: 'projection head of the momentum encoder' },
    { drop: 'predictor.*', because: 'prediction head' },
    { keep: 'base_encoder.*', as: '*', network: 'base' },
    { keep: 'momentum_encoder.*', as: '*', network: 'momentum' },
  ],
  normalisation: IMAGENET,
  // vits.py:107 vit_small; wangsr126/mae-lite@f3090d4c projects/mocov3/vits.py:77 vit_tiny.
  heads: { 192: 12, 384: 12 },
  published: [
    'r-50-100ep.pth.tar',
    'r-50-300ep.pth.tar',
    'r-50-1000ep.pth.tar',
    'vit-s-300ep.pth.tar',
    'vit-b-300ep.pth.tar',
  ],
} as const satisfies Method
