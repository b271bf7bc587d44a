import { IMAGENET, type Method } from './method.ts'

export const msn = {
  name: 'msn',
  title: 'MSN: Masked Siamese Networks for Label-Efficient Learning',
  paper: 'https://arxiv.org/abs/2204.07141',
  code: {
    repository: 'facebookresearch/msn',
    file: 'src/msn_train.py',
    commit: '4388dc1eadbe3042b85d3296d41b9b207656e043',
  },
  sections: ['target_encoder'],
  networks: [
    { name: 'target', about: 'the moving average, and the one that MSN evaluates (linear_eval.py:276)' },
    {
      name: 'encoder',
      about: 'the network that is trained by back-propagation',
      sections: ['encoder'],
    },
  ],
  signature: ['fc.fc1.*', 'fc.bn1.*', 'fc.fc3.*'],
  rules: [
    { drop: 'fc.*', because: 'projection head' },
    { keep: '*', as: '*' },
  ],
  normalisation: IMAGENET,
  published: [
    'vits16_800ep.pth.tar',
    'vitb16_600ep.pth.tar',
    'vitb4_300ep.pth.tar',
    'vitl16_600ep.pth.tar',
    'vitl7_200ep.pth.tar',
  ],
} as const satisfies Method
