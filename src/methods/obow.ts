import type { Rule } from '../rename/rules.ts'
import { IMAGENET, type Method } from './method.ts'

/** A feature extractor: the stem, then the four stages, by number. */
const extractor = (prefix: string, network: 'student' | 'teacher'): Rule[] => [
  { keep: `${prefix}_feature_blocks.0.Conv.*`, as: 'conv1.*', network },
  { keep: `${prefix}_feature_blocks.0.bn.*`, as: 'bn1.*', network },
  ...[1, 2, 3, 4].map(n => ({ keep: `${prefix}_feature_blocks.${n}.*`, as: `layer${n}.*`, network })),
]

export const obow = {
  name: 'obow',
  title: 'OBoW: Online Bag-of-Visual-Words Generation',
  paper: 'https://arxiv.org/abs/2012.11552',
  code: {
    repository: 'valeoai/obow',
    file: 'obow/builder_obow.py',
    commit: '3758504f5e058275725c35ca7faca3731572b911',
  },
  // model_net_checkpoint_*.pth.tar has all networks, feature_extractor_net_checkpoint_*.pth.tar the student alone.
  sections: ['network'],
  networks: [
    {
      name: 'student',
      about: 'the network that is trained by back-propagation, and the one that OBoW transfers',
    },
    { name: 'teacher', about: 'its moving average' },
  ],
  signature: ['*_feature_blocks.0.Conv.weight', '*_feature_blocks.4.0.conv1.weight'],
  rules: [
    ...extractor('feature_extractor.', 'student'),
    ...extractor('feature_extractor_teacher.', 'teacher'),
    ...extractor('', 'student'),
    { drop: 'bow_predictor.*', because: 'prediction head' },
    { drop: 'bow_extractor.*', because: 'vocabulary of visual words' },
    { drop: 'linear_classifier.*', because: 'linear classifier for monitoring' },
    { drop: '_alpha', because: 'momentum of the teacher' },
    { drop: '_iteration', because: 'counter of momentum updates' },
  ],
  normalisation: IMAGENET,
  style: 'pytorch',
  // tochvision_resnet50_student_K8192_epoch200.pth.tar has other names: method `obow-torchvision`.
  published: [],
} as const satisfies Method
