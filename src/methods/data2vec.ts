import { IMAGENET, type Method } from './method.ts'

export const data2vec = {
  name: 'data2vec',
  title: 'data2vec (vision): Self-supervised Learning in Speech, Vision and Language',
  label: 'data2vec',
  paper: 'https://arxiv.org/abs/2202.03555',
  code: {
    repository: 'facebookresearch/data2vec_vision',
    file: 'beit/modeling_cyclical.py',
    commit: 'af9a36349aaed59ae66e69b5dabeef2d62fdc5da',
  },
  // beit/utils.py:461
  sections: ['model'],
  networks: [
    {
      name: 'student',
      about: 'the network that is trained by back-propagation, and the one that is transferred',
    },
    { name: 'teacher', about: 'its moving average', sections: ['model_ema'] },
  ],
  signature: ['blocks.0.gamma_1', 'lm_head.*'],
  // It predicts features of its own width; BEiT predicts one of 8192 visual tokens.
  rows: { of: 'lm_head.weight', are: 'columns' },
  rules: [
    { drop: 'lm_head.*', because: "prediction of the teacher's features" },
    { drop: 'mask_token', because: 'mask token' },
    { keep: '*', as: '*' },
  ],
  // beit/README.md: --imagenet_default_mean_and_std in all commands.
  normalisation: IMAGENET,
  published: [],
} as const satisfies Method
