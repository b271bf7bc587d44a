import type { Method } from './method.ts'

export const simclrSpijkervet = {
  name: 'simclr-spijkervet',
  title: 'SimCLR as implemented by Spijkervet (the `simclr` package)',
  paper: 'https://arxiv.org/abs/2002.05709',
  code: {
    repository: 'Spijkervet/SimCLR',
    file: 'simclr/simclr.py',
    commit: '2738efae85b3ca1b70b7919c5d7a7837d9d75235',
  },
  sections: [''],
  signature: ['encoder.*', 'projector.0.weight', 'projector.2.weight'],
  rules: [
    { keep: 'encoder.*', as: '*' },
    { drop: 'projector.*', because: 'projection head' },
  ],
  // No normalisation: only ToTensor (simclr/modules/transformations/simclr.py).
  normalisation: { mean: [0, 0, 0], std: [1, 1, 1], order: 'rgb' },
  // Releases 1.1 (ResNet-18) and 1.2 (ResNet-50) have the same name.
  published: ['checkpoint_100.tar'],
} as const satisfies Method
