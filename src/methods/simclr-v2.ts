import type { Method } from './method.ts'

export const simclrV2 = {
  name: 'simclr-v2',
  title: "SimCLR v2, converted from TensorFlow by Separius's script",
  paper: 'https://arxiv.org/abs/2006.10029',
  code: {
    repository: 'Separius/SimCLRv2-Pytorch',
    file: 'resnet.py',
    commit: 'f4c2f4110fa80f4c779705a2f9f5b3315248b256',
  },
  // The contrastive head is in a separate section, `head`.
  sections: ['resnet'],
  signature: ['net.0.0.weight', 'net.1.blocks.0.projection.shortcut.weight', 'fc.weight'],
  rules: [
    { drop: 'fc.*', because: 'linear classifier', head: 'fc.*' },
    { keep: '*', as: '*' },
  ],
  // No normalisation: only ToTensor (verify.py).
  normalisation: { mean: [0, 0, 0], std: [1, 1, 1], order: 'rgb' },
  published: [],
} as const satisfies Method
