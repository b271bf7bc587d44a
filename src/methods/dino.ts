import { IMAGENET, type Method } from './method.ts'

export const dino = {
  name: 'dino',
  title: 'DINO: Emerging Properties in Self-Supervised Vision Transformers',
  paper: 'https://arxiv.org/abs/2104.14294',
  code: {
    repository: 'facebookresearch/dino',
    file: 'main_dino.py',
    commit: '7c446df5b9f45747937fb0d72314eb9f7b66930a',
  },
  sections: ['teacher'],
  networks: [
    { name: 'teacher', about: "the student's moving average, and the one that DINO evaluates and publishes" },
    {
      name: 'student',
      about: 'the network that is trained by back-propagation',
      sections: ['student'],
    },
  ],
  // ResNets have BatchNorm, so the teacher is wrapped like the student: both names begin with `module.`.
  signature: ['backbone.*', 'head.mlp.*', 'head.last_layer.*'],
  rules: [
    // Not `head.*`: iBOT has more heads.
    { drop: 'head.mlp.*', because: 'projection head' },
    { drop: 'head.last_layer.*', because: 'projection head' },
    // CrIBo (tileb1/CrIBo@311f569f main_cribo.py) has one more.
    { drop: 'head.last_layer_c.*', because: 'projection head of regions' },
    { keep: 'backbone.*', as: '*' },
  ],
  normalisation: IMAGENET,
  // dino_resnet50_pretrain.pth contains only the teacher's backbone, without prefix: method `backbone`.
  published: ['dino_resnet50_pretrain_full_checkpoint.pth', 'dino_rn50_checkpoint.pth'],
} as const satisfies Method
