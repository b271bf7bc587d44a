import { IMAGENET, type Method } from './method.ts'

export const ijepa = {
  name: 'ijepa',
  title: 'I-JEPA: Self-Supervised Learning from Images with a Joint-Embedding Predictive Architecture',
  paper: 'https://arxiv.org/abs/2301.08243',
  code: {
    repository: 'facebookresearch/ijepa',
    file: 'src/train.py',
    commit: '52c1ae95d05f743e000e8f10a1f3a79b10cff048',
  },
  sections: ['target_encoder'],
  networks: [
    { name: 'target', about: 'the moving average, and the one that is transferred' },
    {
      name: 'encoder',
      about: 'the network that is trained by back-propagation',
      sections: ['encoder'],
    },
  ],
  signature: ['*'],
  rules: [{ keep: '*', as: '*' }],
  normalisation: IMAGENET,
  published: [
    'IN1K-vit.h.14-300e.pth.tar',
    'IN1K-vit.h.16-448px-300e.pth.tar',
    'IN22K-vit.h.14-900e.pth.tar',
    'IN22K-vit.g.16-600e.pth.tar',
  ],
} as const satisfies Method
