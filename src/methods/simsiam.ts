import { IMAGENET, type Method } from './method.ts'

export const simsiam = {
  name: 'simsiam',
  title: 'SimSiam: Exploring Simple Siamese Representation Learning',
  paper: 'https://arxiv.org/abs/2011.10566',
  code: {
    repository: 'facebookresearch/simsiam',
    file: 'simsiam/builder.py',
    commit: 'a7bc1772896d0dad0806c51f0bb6f3b16d290468',
  },
  sections: ['state_dict'],
  signature: ['encoder.*', 'encoder.fc.*', 'predictor.*'],
  rules: [
    { drop: 'encoder.fc.*', because: 'projection head', head: 'fc.*' },
    { drop: 'predictor.*', because: 'prediction head' },
    { keep: 'encoder.*', as: '*' },
  ],
  normalisation: IMAGENET,
  // Two files have this name, 100ep/pretrain and 100ep-256bs/pretrain.
  published: ['checkpoint_0099.pth.tar'],
} as const satisfies Method
