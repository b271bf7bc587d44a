import { IMAGENET, type Method } from './method.ts'

export const care = {
  name: 'care',
  title:
    'CARE: Revitalizing CNN Attentions via Transformers in Self-Supervised Visual Representation Learning',
  paper: 'https://arxiv.org/abs/2110.05340',
  code: {
    repository: 'ChongjianGE/CARE',
    file: 'models/care_module.py',
    commit: '3187afb0a2e56d40684bd5a83bf4eda145431e7b',
  },
  sections: ['model'],
  networks: [
    {
      name: 'student',
      about:
        'the network that is trained by back-propagation, and the one that CARE evaluates (eval_new.py:43)',
    },
    { name: 'teacher', about: 'its moving average' },
  ],
  signature: ['student_encoder.trans.*', 'teacher_encoder.trans.*'],
  rules: [
    { drop: 'student_encoder.trans.*', because: 'attention next to the network' },
    { drop: 'student_encoder.fc1.*', because: 'projection head' },
    { drop: 'student_encoder.fc2.*', because: 'projection head of the attention' },
    { drop: 'teacher_encoder.trans.*', because: 'attention next to the teacher' },
    { drop: 'teacher_encoder.fc1.*', because: 'projection head of the teacher' },
    { drop: 'teacher_encoder.fc2.*', because: "projection head of the teacher's attention" },
    { keep: 'student_encoder.*', as: '*', network: 'student' },
    { keep: 'teacher_encoder.*', as: '*', network: 'teacher' },
  ],
  normalisation: IMAGENET,
  published: [],
} as const satisfies Method
