import { IMAGENET, type Method } from './method.ts'

export const boltsSwav = {
  name: 'bolts-swav',
  title: 'SwAV in Lightning Bolts',
  paper: 'https://arxiv.org/abs/2006.09882',
  code: {
    repository: 'Lightning-Universe/lightning-bolts',
    file: 'src/pl_bolts/models/self_supervised/swav/swav_module.py',
    commit: '34958a8892d42714edf02ba896fd5861ebb3cb7e',
  },
  sections: ['state_dict'],
  signature: ['model.*', 'model.prototypes.*'],
  rules: [
    { drop: 'model.projection_head.*', because: 'projection head' },
    { drop: 'model.prototypes.*', because: 'cluster prototypes' },
    // SSLOnlineEvaluator, which was part of the model until November 2021.
    { drop: 'non_linear_evaluator.*', because: 'classifier for monitoring' },
    { keep: 'model.*', as: '*' },
  ],
  // 0.229, unlike SwAV's own 0.228: swav_module.py:424.
  normalisation: IMAGENET,
  // The released swav_imagenet.pth.tar contains the weights of SwAV's authors.
  published: ['swav_imagenet.ckpt'],
} as const satisfies Method
