import type { Rule } from '../rename/rules.ts'
import { IMAGENET, type Method } from './method.ts'

/** Each part is in its own DataParallel (train_msf.py:143): its `module.` is removed, as in eval_linear.py:103. */
const encoder = (name: string, network: string, because: string): Rule[] => [
  { drop: `${name}.fc.*`, because, head: 'fc.*', network },
  { keep: `${name}.*`, as: '*', network },
]

export const msf = {
  name: 'msf',
  title: 'MSF: Mean Shift for Self-Supervised Learning',
  paper: 'https://arxiv.org/abs/2105.07269',
  code: {
    repository: 'UMBCvision/MSF',
    file: 'train_msf.py',
    commit: '130191c4f9c3dbbd6355a737cfdce5fb6a7b68f0',
  },
  sections: ['state_dict'],
  networks: [
    {
      name: 'query',
      about: 'the encoder that is trained by back-propagation, and the one that MSF evaluates',
    },
    { name: 'target', about: 'its moving average' },
  ],
  signature: ['encoder_q.*', 'encoder_t.*', 'predict_q.*'],
  rules: [
    ...encoder('encoder_q', 'query', 'projection head'),
    ...encoder('encoder_t', 'target', 'projection head of the target encoder'),
    { drop: 'predict_q.*', because: 'prediction head' },
    { drop: 'queue', because: 'memory bank' },
    { drop: 'queue_ptr', because: 'position in the memory bank' },
    { drop: 'labels', because: 'labels of the memory bank, for monitoring' },
  ],
  normalisation: IMAGENET,
  // The published link has no file name.
  published: [],
} as const satisfies Method
