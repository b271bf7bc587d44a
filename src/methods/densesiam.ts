import { IMAGENET, type Method } from './method.ts'

export const densesiam = {
  name: 'densesiam',
  title: 'DenseSiam: Dense Siamese Network for Dense Unsupervised Learning',
  paper: 'https://arxiv.org/abs/2203.11075',
  // Also read: picie.py in the same folder (the decoder), configs/densesiam.
  code: {
    repository: 'ZwwWayne/DenseSiam',
    file: 'densesiam/models/architectures/densesiam.py',
    commit: '0dc28555427a2838548dfd9dc170f16ff55a9096',
  },
  sections: ['state_dict'],
  signature: ['backbone.*', 'decoder.layer1.weight', 'projector.0.weight', 'predictor.0.weight'],
  rules: [
    { drop: 'decoder.*', because: 'decoder of the feature pyramid' },
    { drop: 'projector.*', because: 'projection head' },
    { drop: 'predictor.*', because: 'prediction head' },
    { drop: 'aux_projector.*', because: 'second projection head, for more clusters' },
    { drop: 'aux_predictor.*', because: 'second prediction head' },
    { drop: 'kernel_projector.*', because: 'projection head of the regions' },
    { drop: 'kernel_predictor.*', because: 'prediction head of the regions' },
    { drop: 'global_projector.*', because: 'projection head of the whole image' },
    { drop: 'global_predictor.*', because: 'prediction head of the whole image' },
    { keep: 'backbone.*', as: '*' },
  ],
  normalisation: IMAGENET,
  published: [],
} as const satisfies Method
