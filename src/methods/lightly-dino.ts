import { IMAGENET, type KeepRule, type Method } from './method.ts'

/** A ResNet as a Sequential of its children: 2 is the ReLU, 3 the pooling. */
const numbered = (network: 'teacher' | 'student'): KeepRule[] => [
  { keep: `${network}_backbone.0.*`, as: 'conv1.*', network },
  { keep: `${network}_backbone.1.*`, as: 'bn1.*', network },
  ...[1, 2, 3, 4].map(n => ({ keep: `${network}_backbone.${n + 3}.*`, as: `layer${n}.*`, network })),
]

export const lightlyDino = {
  name: 'lightly-dino',
  title: 'DINO in lightly, as in its Lightning example',
  paper: 'https://arxiv.org/abs/2104.14294',
  code: {
    repository: 'lightly-ai/lightly',
    file: 'examples/pytorch_lightning/dino.py',
    commit: 'e8d317fc5a87f4387a85a35e689869039ec249ee',
  },
  sections: ['state_dict'],
  networks: [
    {
      name: 'teacher',
      about: 'the moving average of the student; what DINO, and lightly as a benchmark, evaluate',
    },
    { name: 'student', about: 'the network that is trained by back-propagation' },
  ],
  signature: ['teacher_backbone.0.weight', 'student_backbone.0.weight', 'student_head.last_layer.*'],
  rules: [
    ...numbered('teacher'),
    ...numbered('student'),
    { drop: 'teacher_head.*', because: 'projection head of the teacher' },
    { drop: 'student_head.*', because: 'projection head of the student' },
    { drop: 'criterion.center', because: "centre of the teacher's outputs" },
  ],
  normalisation: IMAGENET,
  style: 'pytorch',
  published: [],
} as const satisfies Method
