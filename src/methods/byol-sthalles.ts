import type { Method } from './method.ts'

export const byolSthalles = {
  name: 'byol-sthalles',
  title: 'BYOL as implemented by sthalles (PyTorch-BYOL)',
  paper: 'https://arxiv.org/abs/2006.07733',
  code: {
    repository: 'sthalles/PyTorch-BYOL',
    file: 'trainer.py',
    commit: '062bc9961ad4d2f4d43dffb68053a3b470f2a2aa',
  },
  sections: ['online_network_state_dict'],
  networks: [
    {
      name: 'online',
      about: 'the network that is trained by back-propagation, and the one that is evaluated',
    },
    { name: 'target', about: 'its moving average', sections: ['target_network_state_dict'] },
  ],
  // models/resnet_base_network.py. The misspelling is theirs.
  signature: ['encoder.*', 'projetion.*'],
  rules: [
    { drop: 'projetion.*', because: 'projection head' },
    { keep: 'encoder.*', as: '*' },
  ],
  // No normalisation: only ToTensor (data/transforms.py).
  normalisation: { mean: [0, 0, 0], std: [1, 1, 1], order: 'rgb' },
  published: [],
} as const satisfies Method
