import { IMAGENET, type Method } from './method.ts'

/** NeCo is based on its code, and has the same names without prototypes. */
export const leopart = {
  name: 'leopart',
  title: 'Leopart: Self-Supervised Learning of Object Parts for Semantic Segmentation; and NeCo',
  label: 'Leopart or NeCo',
  paper: 'https://arxiv.org/abs/2204.13101',
  code: {
    repository: 'MkuuWaUjinga/leopart',
    file: 'src/leopart.py',
    commit: '7835701338d477c70d581c0a10e594257dcac198',
  },
  sections: ['state_dict'],
  networks: [
    {
      name: 'student',
      about: 'the network that is trained by back-propagation, and the one that its README.md loads',
    },
    { name: 'teacher', about: 'its moving average' },
  ],
  signature: ['model.projection_head.*', 'teacher.projection_head.*', 'model.blocks.*'],
  rules: [
    { drop: 'model.projection_head.*', because: 'projection head' },
    { drop: 'teacher.projection_head.*', because: 'projection head' },
    { drop: 'model.prototypes.*', because: 'cluster prototypes' },
    { drop: 'teacher.prototypes.*', because: 'cluster prototypes' },
    { keep: 'model.*', as: '*', network: 'student' },
    { keep: 'teacher.*', as: '*', network: 'teacher' },
  ],
  normalisation: IMAGENET,
  published: [],
} as const satisfies Method
