import { IMAGENET, type Method } from './method.ts'

export const openmmlabByol = {
  name: 'openmmlab-byol',
  title: 'BYOL in MMPretrain, MMSelfSup and OpenSelfSup',
  label: 'BYOL in MMPretrain, MMSelfSup or OpenSelfSup',
  paper: 'https://arxiv.org/abs/2006.07733',
  // Also read: OpenSelfSup@1db69ece openselfsup/models/byol.py, MMSelfSup@6faad816 (0.x) and @db861f30 (1.x).
  code: {
    repository: 'open-mmlab/mmpretrain',
    file: 'mmpretrain/models/selfsup/byol.py',
    commit: 'ee7f2e88501f61aa95c742dd5f429f039935ee90',
  },
  sections: ['state_dict'],
  networks: [
    {
      name: 'online',
      about: 'the network that is trained by back-propagation, and the one that is transferred',
    },
    { name: 'target', about: 'its moving average' },
  ],
  signature: ['backbone.*', 'target_net.*', 'head.predictor.*'],
  rules: [
    { keep: 'backbone.*', as: '*', network: 'online' },
    { drop: 'neck.*', because: 'projection head' },
    { drop: 'head.*', because: 'prediction head' },
    // OpenSelfSup and MMSelfSup 0.x: the same tensors as `backbone.*` and `neck.*`.
    { drop: 'online_net.0.*', because: 'backbone under a second name' },
    { drop: 'online_net.1.*', because: 'projection head' },
    { keep: 'target_net.0.*', as: '*', network: 'target' },
    // MMSelfSup 1.x and MMPretrain: inside mmengine's ExponentialMovingAverage.
    { keep: 'target_net.module.0.*', as: '*', network: 'target' },
    { drop: 'target_net.steps', because: 'counter of momentum updates' },
    { drop: 'target_net.*', because: 'projection head of the target network' },
  ],
  normalisation: IMAGENET,
  published: [],
} as const satisfies Method
