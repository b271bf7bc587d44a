import { IMAGENET, type Method } from './method.ts'

export const isd = {
  name: 'isd',
  title: 'ISD: Self-Supervised Learning by Iterative Similarity Distillation',
  paper: 'https://arxiv.org/abs/2012.09259',
  code: {
    repository: 'UMBCvision/ISD',
    file: 'train_isd.py',
    commit: '4bdd603981a82d739aaf04acf4a0869ba148e745',
  },
  sections: ['state_dict'],
  networks: [
    {
      name: 'query',
      about: 'the student, trained by back-propagation, and the one that ISD evaluates (eval_knn.py:102)',
    },
    { name: 'key', about: 'the teacher, its moving average' },
  ],
  signature: ['encoder_q.*', 'encoder_k.*', 'predict_q.*'],
  rules: [
    { keep: 'encoder_q.*', as: '*', network: 'query' },
    { keep: 'encoder_k.*', as: '*', network: 'key' },
    { drop: 'predict_q.*', because: 'prediction head' },
    { drop: 'queue', because: 'queue of earlier features' },
    { drop: 'queue_ptr', because: 'position in the queue' },
  ],
  normalisation: IMAGENET,
  published: [],
} as const satisfies Method
