import { IMAGENET, type Method } from './method.ts'

export const obow = {
  name: 'obow',
  title: 'OBoW: Online Bag-of-Visual-Words Generation',
  paper: 'https://arxiv.org/abs/2012.11552',
  code: {
    repository: 'valeoai/obow',
    file: 'obow/builder_obow.py',
    commit: '3758504f5e058275725c35ca7faca3731572b911',
  },
  // model_net_checkpoint_*.pth.tar contains all networks, feature_extractor_net_checkpoint_*.pth.tar only the student.
  sections: ['network'],
  networks: [
    {
      name: 'student',
      about: 'the network that is trained by back-propagation, and the one that OBoW transfers',
    },
    { name: 'teacher', about: 'its moving average' },
  ],
  signature: ['*_feature_blocks.0.Conv.weight'],
  rules: [
    { keep: 'feature_extractor.*', as: '*', network: 'student' },
    { keep: 'feature_extractor_teacher.*', as: '*', network: 'teacher' },
    { keep: '_feature_blocks.*', as: '_feature_blocks.*', network: 'student' },
    { drop: 'bow_predictor.*', because: 'prediction head' },
    { drop: 'bow_extractor.*', because: 'vocabulary of visual words' },
    { drop: 'linear_classifier.*', because: 'linear classifier for monitoring' },
    { drop: '_alpha', because: 'momentum of the teacher' },
    { drop: '_iteration', because: 'counter of momentum updates' },
  ],
  normalisation: IMAGENET,
  // tochvision_resnet50_student_K8192_epoch200.pth.tar has other names: method `obow-torchvision`.
  published: [],
} as const satisfies Method
