import { IMAGENET, type Method } from './method.ts'

/** Until July 2021 there was no queue for validation: such files match `moco`. */
export const boltsMoco = {
  name: 'bolts-moco',
  title: 'MoCo v1 and v2 in Lightning Bolts, since July 2021',
  label: 'MoCo v1 or v2 in Lightning Bolts',
  paper: 'https://arxiv.org/abs/2003.04297',
  // Also read: moco2_module.py before July 2023 (a4a64af).
  code: {
    repository: 'Lightning-Universe/lightning-bolts',
    file: 'src/pl_bolts/models/self_supervised/moco/moco_module.py',
    commit: '34958a8892d42714edf02ba896fd5861ebb3cb7e',
  },
  sections: ['state_dict'],
  networks: [
    {
      name: 'query',
      about: 'the encoder that is trained by back-propagation',
    },
    { name: 'key', about: 'its moving average' },
  ],
  signature: ['encoder_q.*', 'encoder_k.*', 'val_queue*'],
  rules: [
    { drop: 'encoder_q.fc.*', because: 'projection head', head: 'fc.*', network: 'query' },
    {
      drop: 'encoder_k.fc.*',
      because: 'projection head of the momentum encoder',
      head: 'fc.*',
      network: 'key',
    },
    // Since July 2023, for encoders without one.
    { drop: 'head_q.*', because: 'projection head' },
    { drop: 'head_k.*', because: 'projection head of the momentum encoder' },
    // `queue` and `queue_ptr` until July 2023, `queue.representations` and `queue.pointer` since.
    { drop: 'queue*', because: 'dictionary of negatives' },
    { drop: 'val_queue*', because: 'dictionary of negatives for validation' },
    { keep: 'encoder_q.*', as: '*', network: 'query' },
    { keep: 'encoder_k.*', as: '*', network: 'key' },
  ],
  normalisation: IMAGENET,
  published: [],
} as const satisfies Method
