import { IMAGENET, type Method } from './method.ts'

export const boltsSimclr = {
  name: 'bolts-simclr',
  title: 'SimCLR in Lightning Bolts',
  paper: 'https://arxiv.org/abs/2002.05709',
  code: {
    repository: 'Lightning-Universe/lightning-bolts',
    file: 'src/pl_bolts/models/self_supervised/simclr/simclr_module.py',
    commit: '34958a8892d42714edf02ba896fd5861ebb3cb7e',
  },
  sections: ['state_dict'],
  signature: ['encoder.*', 'projection.model.*'],
  rules: [
    // The forward pass ends before it: it still has its random initial values.
    { drop: 'encoder.fc.*', because: 'untrained classifier' },
    { drop: 'projection.*', because: 'projection head' },
    // SSLOnlineEvaluator, which was part of the model until November 2021.
    { drop: 'non_linear_evaluator.*', because: 'classifier for monitoring' },
    { keep: 'encoder.*', as: '*' },
  ],
  normalisation: IMAGENET,
  published: ['simclr_imagenet.ckpt'],
} as const satisfies Method
