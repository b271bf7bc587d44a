import { IMAGENET, type Method } from './method.ts'

/** The released files contain only the backbone: method `backbone`. */
export const dinov2 = {
  name: 'dinov2',
  title: 'DINOv2: Learning Robust Visual Features without Supervision',
  paper: 'https://arxiv.org/abs/2304.07193',
  code: {
    repository: 'facebookresearch/dinov2',
    file: 'dinov2/train/ssl_meta_arch.py',
    commit: 'b8931f7bf91576930313be2c6d6af376033b35f0',
  },
  // dinov2/train/train.py:122 saves only the teacher; the trainer's own files, gathered, contain both in `model`.
  sections: ['teacher', 'model'],
  networks: [
    {
      name: 'teacher',
      about: "the student's moving average, and the one that DINOv2 evaluates and publishes",
    },
    { name: 'student', about: 'the network that is trained by back-propagation', sections: ['model'] },
  ],
  signature: ['*backbone.cls_token', '*dino_head.mlp.0.weight'],
  rules: [
    // ssl_meta_arch.py: `self.student`, `self.teacher`, and the centres of two losses.
    { drop: 'teacher.backbone.mask_token', because: 'mask token' },
    { keep: 'teacher.backbone.*', as: '*', network: 'teacher' },
    { drop: 'teacher.*', because: 'projection heads of the teacher' },
    { drop: 'student.backbone.mask_token', because: 'mask token' },
    { keep: 'student.backbone.*', as: '*', network: 'student' },
    { drop: 'student.*', because: 'projection heads of the student' },
    { drop: 'dino_loss.center', because: "centre of the teacher's outputs" },
    { drop: 'ibot_patch_loss.center', because: "centre of the teacher's outputs for patches" },
    { drop: 'dino_head.*', because: 'projection head' },
    { drop: 'ibot_head.*', because: 'projection head of patches' },
    { drop: 'backbone.mask_token', because: 'mask token' },
    { keep: 'backbone.*', as: '*' },
  ],
  normalisation: IMAGENET,
  published: ['teacher_checkpoint.pth'],
} as const satisfies Method
