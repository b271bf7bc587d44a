import type { Method } from './method.ts'

export const simclrSthalles = {
  name: 'simclr-sthalles',
  title: 'SimCLR as implemented by sthalles',
  paper: 'https://arxiv.org/abs/2002.05709',
  code: {
    repository: 'sthalles/SimCLR',
    file: 'models/resnet_simclr.py',
    commit: '1848fc934ad844ae630e6c452300433fe99acfd9',
  },
  sections: ['state_dict'],
  signature: ['backbone.*', 'backbone.fc.0.weight', 'backbone.fc.2.weight'],
  rules: [
    { drop: 'backbone.fc.*', because: 'projection head', head: 'fc.*' },
    { keep: 'backbone.*', as: '*' },
  ],
  // No normalisation: only ToTensor (data_aug/contrastive_learning_dataset.py).
  normalisation: { mean: [0, 0, 0], std: [1, 1, 1], order: 'rgb' },
  published: [],
} as const satisfies Method
