import { IMAGENET, type Method } from './method.ts'

export const openmmlabMocoV3 = {
  name: 'openmmlab-moco-v3',
  title: 'MoCo v3 in MMPretrain and MMSelfSup 1.x',
  label: 'MoCo v3 in MMPretrain or MMSelfSup 1.x',
  paper: 'https://arxiv.org/abs/2104.02057',
  // Also read: MMSelfSup@db861f30 (1.x). MMSelfSup 0.x only trained MoCo v3 with vision transformers.
  code: {
    repository: 'open-mmlab/mmpretrain',
    file: 'mmpretrain/models/selfsup/mocov3.py',
    commit: 'ee7f2e88501f61aa95c742dd5f429f039935ee90',
  },
  sections: ['state_dict'],
  networks: [
    {
      name: 'base',
      about: 'the encoder that is trained by back-propagation, and the one that is transferred',
    },
    { name: 'momentum', about: 'its moving average' },
  ],
  signature: ['backbone.*', 'momentum_encoder.module.0.*', 'head.predictor.*'],
  rules: [
    { keep: 'backbone.*', as: '*', network: 'base' },
    { drop: 'neck.*', because: 'projection head' },
    { drop: 'head.*', because: 'prediction head' },
    { keep: 'momentum_encoder.module.0.*', as: '*', network: 'momentum' },
    { drop: 'momentum_encoder.module.1.*', because: 'projection head of the momentum encoder' },
    { drop: 'momentum_encoder.steps', because: 'counter of momentum updates' },
  ],
  normalisation: IMAGENET,
  // mmpretrain/models/selfsup/mocov3.py MoCoV3ViT, arch `mocov3-small`.
  heads: { 384: 12 },
  published: [],
} as const satisfies Method
