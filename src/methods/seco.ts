import { IMAGENET, type Method } from './method.ts'

export const seco = {
  name: 'seco',
  title: 'SeCo: Seasonal Contrast, Unsupervised Pre-Training from Uncurated Remote Sensing Data',
  paper: 'https://arxiv.org/abs/2103.16607',
  code: {
    repository: 'ServiceNow/seasonal-contrast',
    file: 'models/moco2_module.py',
    commit: '8285173ec205b64bc3e53b880344dd6c3f79fa7a',
  },
  sections: ['state_dict'],
  networks: [
    {
      name: 'query',
      about: 'the encoder that is trained by back-propagation, and the one that SeCo transfers',
    },
    { name: 'key', about: 'its moving average' },
  ],
  signature: ['encoder_q.*', 'encoder_k.*', 'heads_q.*', 'queue'],
  rules: [
    { keep: 'encoder_q.*', as: '*', network: 'query' },
    { keep: 'encoder_k.*', as: '*', network: 'key' },
    { drop: 'heads_q.*', because: 'projection heads' },
    { drop: 'heads_k.*', because: 'projection heads of the key encoder' },
    { drop: 'queue', because: 'queues of negatives' },
    { drop: 'queue_ptr', because: 'positions in the queues' },
  ],
  normalisation: IMAGENET,
  published: [],
} as const satisfies Method
