import { IMAGENET, type Method } from './method.ts'

export const openmmlabMoco = {
  name: 'openmmlab-moco',
  title: 'MoCo v1 and v2 in MMPretrain, MMSelfSup and OpenSelfSup',
  label: 'MoCo v1 or v2 in MMPretrain, MMSelfSup or OpenSelfSup',
  paper: 'https://arxiv.org/abs/2003.04297',
  // Also read: OpenSelfSup@1db69ece openselfsup/models/moco.py, MMSelfSup@6faad816 (0.x) and @db861f30 (1.x).
  code: {
    repository: 'open-mmlab/mmpretrain',
    file: 'mmpretrain/models/selfsup/moco.py',
    commit: 'ee7f2e88501f61aa95c742dd5f429f039935ee90',
  },
  sections: ['state_dict'],
  networks: [
    {
      name: 'query',
      about: 'the encoder that is trained by back-propagation, and the one that is transferred',
    },
    { name: 'key', about: 'its moving average' },
  ],
  signature: ['backbone.*', 'encoder_k.*', 'queue', 'queue_ptr'],
  rules: [
    { keep: 'backbone.*', as: '*', network: 'query' },
    { drop: 'neck.*', because: 'projection head' },
    // OpenSelfSup and MMSelfSup 0.x: the same tensors as `backbone.*` and `neck.*`.
    { drop: 'encoder_q.0.*', because: 'backbone under a second name' },
    { drop: 'encoder_q.1.*', because: 'projection head' },
    { keep: 'encoder_k.0.*', as: '*', network: 'key' },
    // MMSelfSup 1.x and MMPretrain: inside mmengine's ExponentialMovingAverage.
    { keep: 'encoder_k.module.0.*', as: '*', network: 'key' },
    { drop: 'encoder_k.steps', because: 'counter of momentum updates' },
    { drop: 'encoder_k.*', because: 'projection head of the momentum encoder' },
    { drop: 'queue', because: 'dictionary of negatives' },
    { drop: 'queue_ptr', because: 'position in the dictionary of negatives' },
  ],
  normalisation: IMAGENET,
  published: [],
} as const satisfies Method
