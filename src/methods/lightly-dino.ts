import { IMAGENET, type Method } from './method.ts'

export const lightlyDino = {
  name: 'lightly-dino',
  title: 'DINO, DINOv2 and iBOT in lightly, as in its Lightning examples',
  label: 'DINO, DINOv2 or iBOT in lightly',
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
  signature: ['teacher_backbone.*', 'student_backbone.*', 'student_head.*'],
  rules: [
    // Vision Transformers are in a wrapper, `vit` (lightly/models/modules/masked_vision_transformer_timm.py).
    { drop: 'teacher_backbone.mask_token', because: 'mask token' },
    { drop: 'student_backbone.mask_token', because: 'mask token' },
    { keep: 'teacher_backbone.vit.*', as: '*', network: 'teacher' },
    { keep: 'student_backbone.vit.*', as: '*', network: 'student' },
    // The centre is a separate module in later versions.
    { drop: '*_criterion.center.center', because: "centre of the teacher's outputs" },
    { drop: '*_criterion.center', because: "centre of the teacher's outputs" },
    // iBOT's heads for the class token and for patches.
    { drop: 'teacher_cls_head.*', because: 'projection head of the teacher' },
    { drop: 'teacher_patch_head.*', because: 'projection head of the teacher' },
    { drop: 'student_cls_head.*', because: 'projection head of the student' },
    { drop: 'student_patch_head.*', because: 'projection head of the student' },
    { drop: 'teacher_head.*', because: 'projection head of the teacher' },
    { drop: 'student_head.*', because: 'projection head of the student' },
    { drop: 'online_classifier.*', because: 'linear classifier for monitoring' },
    { drop: 'criterion.center', because: "centre of the teacher's outputs" },
    { keep: 'teacher_backbone.*', as: '*', network: 'teacher' },
    { keep: 'student_backbone.*', as: '*', network: 'student' },
  ],
  normalisation: IMAGENET,
  published: [],
} as const satisfies Method
