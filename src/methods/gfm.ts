import { IMAGENET, type Method } from './method.ts'

/** SimMIM's module with a teacher, which was trained on ImageNet-22k and stays as it is. */
export const gfm = {
  name: 'gfm',
  title: 'GFM: Towards Geospatial Foundation Models via Continual Pretraining',
  paper: 'https://arxiv.org/abs/2302.04476',
  code: {
    repository: 'mmendiet/GFM',
    file: 'models/teacher.py',
    commit: '4dd248e8544b3b6a49f5173b0931d97a17a7f424',
  },
  // utils.py:49
  sections: ['model'],
  networks: [
    { name: 'encoder', about: 'the network that is trained, and the one that GFM transfers' },
    { name: 'teacher', about: 'the network of ImageNet-22k that it learns from' },
  ],
  signature: ['encoder.mask_token', 'teacher.patch_embed.*', 'projector.*', 'decoder.0.weight'],
  rules: [
    { drop: 'encoder.mask_token', because: 'mask token' },
    { drop: 'decoder.0.*', because: 'decoder' },
    { drop: 'projector.*', because: 'projection head' },
    { keep: 'encoder.*', as: '*', network: 'encoder' },
    { keep: 'teacher.*', as: '*', network: 'teacher' },
  ],
  normalisation: IMAGENET,
  published: [],
} as const satisfies Method
