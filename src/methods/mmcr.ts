import { IMAGENET, type Method } from './method.ts'

export const mmcr = {
  name: 'mmcr',
  title: 'MMCR: Learning Efficient Coding of Natural Images with Maximum Manifold Capacity Representations',
  paper: 'https://arxiv.org/abs/2303.03307',
  code: {
    repository: 'ThomasYerxa/mmcr',
    file: 'mmcr/imagenet/models.py',
    commit: '287db455283a27383006a7fe4e3c6169a4650933',
  },
  // As saved by Composer.
  sections: ['state.model'],
  networks: [
    {
      name: 'online',
      about: 'the network that is trained by back-propagation, and the one that MMCR evaluates',
    },
    { name: 'momentum', about: 'its moving average' },
  ],
  signature: ['f.*', 'g.0.weight'],
  rules: [
    { drop: 'g.*', because: 'projection head' },
    { drop: 'mom_g.*', because: 'projection head of the moving average' },
    { keep: 'f.*', as: '*', network: 'online' },
    { keep: 'mom_f.*', as: '*', network: 'momentum' },
  ],
  normalisation: IMAGENET,
  published: [],
} as const satisfies Method
