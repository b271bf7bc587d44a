import { HALF, type Method } from './method.ts'

export const cae = {
  name: 'cae',
  title: 'CAE: Context Autoencoder for Self-Supervised Representation Learning',
  paper: 'https://arxiv.org/abs/2202.03026',
  code: {
    repository: 'lxtGH/CAE',
    file: 'models/modeling_cae.py',
    commit: 'd72597143e486d9bbbaf1e3adc4fd9cfa618633a',
  },
  sections: ['model'],
  networks: [
    {
      name: 'encoder',
      about: 'the network that is trained by back-propagation, and the one that CAE transfers',
    },
    { name: 'teacher', about: 'its moving average, or its copy' },
  ],
  signature: ['encoder.*', 'teacher.*', 'pretext_neck.*'],
  rules: [
    { keep: 'encoder.*', as: '*', network: 'encoder' },
    { keep: 'teacher.*', as: '*', network: 'teacher' },
    { drop: 'pretext_neck.*', because: 'regressor and decoder' },
    { drop: 'encoder_to_decoder*', because: 'projection on the way to the decoder' },
    { drop: 'mask_token', because: 'mask token' },
  ],
  normalisation: HALF,
  published: [],
} as const satisfies Method
