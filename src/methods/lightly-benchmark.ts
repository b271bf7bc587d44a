import { IMAGENET, type Method } from './method.ts'

export const lightlyBenchmark = {
  name: 'lightly-benchmark',
  title: "lightly's ImageNet benchmarks: the checkpoints that lightly publishes",
  label: "a method of lightly's ImageNet benchmarks",
  paper: 'https://github.com/lightly-ai/lightly',
  code: {
    repository: 'lightly-ai/lightly',
    file: 'benchmarks/imagenet/resnet50/mocov2.py',
    commit: 'e8d317fc5a87f4387a85a35e689869039ec249ee',
  },
  sections: ['state_dict'],
  // Which one is the moving average changed for BYOL and MoCo in February 2024; `backbone` is always the one to use.
  networks: [
    { name: 'backbone', about: 'the network that lightly evaluates; for DINO that is the teacher' },
    { name: 'student', about: 'the one that is trained, where the backbone is its moving average' },
    { name: 'teacher', about: 'the moving average, where the backbone is what is trained' },
  ],
  signature: ['backbone.*', 'projection_head.layers.0.weight', 'online_classifier.*'],
  rules: [
    // Vision Transformers are in a wrapper, `vit` (benchmarks/imagenet/vitb16/dino.py).
    { drop: 'backbone.mask_token', because: 'stand-in for masked patches' },
    { drop: 'student_backbone.mask_token', because: 'stand-in for masked patches' },
    { keep: 'backbone.vit.*', as: '*', network: 'backbone' },
    { keep: 'student_backbone.vit.*', as: '*', network: 'student' },
    { keep: 'backbone.*', as: '*', network: 'backbone' },
    { keep: 'student_backbone.*', as: '*', network: 'student' },
    { keep: 'query_backbone.*', as: '*', network: 'student' },
    { keep: 'teacher_backbone.*', as: '*', network: 'teacher' },
    { keep: 'key_backbone.*', as: '*', network: 'teacher' },
    { keep: 'backbone_momentum.*', as: '*', network: 'teacher' },
    // Also projection_head_momentum.
    { drop: 'projection_head*', because: 'projection head' },
    { drop: 'student_projection_head.*', because: 'projection head of the student' },
    { drop: 'query_projection_head.*', because: 'projection head of the query encoder' },
    { drop: 'teacher_projection_head.*', because: 'projection head of the teacher' },
    { drop: 'key_projection_head.*', because: 'projection head of the key encoder' },
    { drop: 'prediction_head.*', because: 'prediction head' },
    { drop: 'student_prediction_head.*', because: 'prediction head' },
    { drop: 'prototypes.*', because: 'cluster prototypes' },
    { drop: 'online_classifier.*', because: 'linear classifier for monitoring' },
    { drop: 'criterion.center', because: "centre of the teacher's outputs" },
    { drop: 'criterion.sigreg.*', because: 'constants of the loss' },
  ],
  normalisation: IMAGENET,
  // In folders imagenet_resnet50_<method>_<date>/pretrain/version_0/checkpoints.
  published: ['epoch=99-step=500400.ckpt', 'epoch=99-step=1000900.ckpt', 'epoch=99-step=250200.ckpt'],
} as const satisfies Method
