import { IMAGENET, type Method } from './method.ts'

export const soloLearn = {
  name: 'solo-learn',
  title: 'solo-learn: all of its methods, from Barlow Twins to W-MSE',
  label: 'a method of solo-learn',
  paper: 'https://www.jmlr.org/papers/v23/21-1155.html',
  code: {
    repository: 'vturrisi/solo-learn',
    file: 'solo/methods/base.py',
    commit: '9187ea39c2c3f43c455ab06664d2b019a9802954',
  },
  sections: ['state_dict'],
  networks: [
    { name: 'backbone', about: 'the network that solo-learn evaluates and converts for detection' },
    { name: 'momentum', about: 'its moving average, where the method has one' },
  ],
  // Every method also trains a linear classifier.
  signature: ['classifier.weight'],
  rules: [
    { keep: 'backbone.*', as: '*', network: 'backbone' },
    { keep: 'momentum_backbone.*', as: '*', network: 'momentum' },
    // The names until December 2021.
    { keep: 'encoder.*', as: '*', network: 'backbone' },
    { keep: 'momentum_encoder.*', as: '*', network: 'momentum' },
    { drop: 'classifier.*', because: 'linear classifier for monitoring' },
    { drop: 'momentum_classifier.*', because: 'linear classifier for monitoring' },
    { drop: 'projector.*', because: 'projection head' },
    { drop: 'momentum_projector.*', because: 'projection head of the momentum encoder' },
    { drop: 'predictor.*', because: 'prediction head' },
    { drop: 'predictor2.*', because: 'second prediction head of All4One' },
    { drop: 'pos_enc.*', because: "positions of All4One's neighbours" },
    { drop: 'decoder.*', because: 'decoder of MAE' },
    { drop: 'head.*', because: 'projection head' },
    { drop: 'momentum_head.*', because: 'projection head of the teacher' },
    { drop: 'dino_loss_func.center', because: "centre of the teacher's outputs" },
    { drop: 'prototypes*', because: 'cluster prototypes' },
    { drop: 'local_memory_*', because: 'memory bank' },
    { drop: 'queue*', because: 'queue of earlier features' },
    { drop: 'transformer_encoder.*', because: "All4One's mixing of neighbours" },
  ],
  normalisation: IMAGENET,
  // Its zoo is a table of folders on Google Drive, without file names.
  published: [],
} as const satisfies Method
