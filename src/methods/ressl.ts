import { IMAGENET, type Method } from './method.ts'

export const ressl = {
  name: 'ressl',
  title: 'ReSSL: Relational Self-Supervised Learning with Weak Augmentation',
  paper: 'https://arxiv.org/abs/2107.09282',
  code: {
    repository: 'KyleZheng1997/ReSSL',
    file: 'network/ressl.py',
    commit: '4d67daaa3fd65e81adeb02017a1cfd4d2e2168cb',
  },
  sections: ['model'],
  networks: [
    {
      name: 'query',
      about: 'the encoder that is trained by back-propagation, and the one that ReSSL evaluates',
    },
    { name: 'key', about: 'its moving average' },
  ],
  signature: ['encoder_q.net.*', 'encoder_k.net.*', 'encoder_q.head.*'],
  rules: [
    { drop: 'encoder_q.head.*', because: 'projection head' },
    { drop: 'encoder_k.head.*', because: 'projection head of the momentum encoder' },
    { drop: 'queue', because: 'dictionary of negatives' },
    { drop: 'queue_ptr', because: 'position in the dictionary of negatives' },
    { keep: 'encoder_q.net.*', as: '*', network: 'query' },
    { keep: 'encoder_k.net.*', as: '*', network: 'key' },
  ],
  normalisation: IMAGENET,
  published: ['ressl-200.pth', 'ressl-multi-200.pth'],
} as const satisfies Method
