import { IMAGENET, type Method } from './method.ts'

export const orl = {
  name: 'orl',
  title: 'ORL: Unsupervised Object-Level Representation Learning from Scene Images',
  paper: 'https://arxiv.org/abs/2106.11952',
  // Stage 3. Stage 1 is OpenSelfSup's BYOL: method `openmmlab-byol`.
  code: {
    repository: 'Jiahao000/ORL',
    file: 'openselfsup/models/orl.py',
    commit: '2ad64f7389d20cb1d955792aabbe806a7097e6fb',
  },
  sections: ['state_dict'],
  networks: [
    {
      name: 'online',
      about: 'the network that is trained by back-propagation, and the one that ORL transfers',
    },
    { name: 'target', about: 'its moving average' },
  ],
  signature: ['backbone.*', 'target_net.0.*', 'local_intra_head.*'],
  rules: [
    { keep: 'backbone.*', as: '*', network: 'online' },
    { keep: 'target_net.0.*', as: '*', network: 'target' },
    { drop: 'target_net.1.*', because: 'projection head of the target network' },
    // The same tensors as `backbone.*` and `neck.*`.
    { drop: 'online_net.0.*', because: 'backbone under a second name' },
    { drop: 'online_net.1.*', because: 'projection head' },
    { drop: 'neck.*', because: 'projection head' },
    { drop: 'global_head.*', because: 'prediction head, whole image' },
    { drop: 'local_*', because: 'prediction heads, regions of interest' },
  ],
  normalisation: IMAGENET,
  published: [],
} as const satisfies Method
