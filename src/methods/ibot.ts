import { IMAGENET, type Method } from './method.ts'

/** The output of extract_backbone_weights.py, and the released files with it, are bare backbones: method `backbone`. */
export const ibot = {
  name: 'ibot',
  title: 'iBOT: Image BERT Pre-Training with Online Tokenizer',
  paper: 'https://arxiv.org/abs/2111.07832',
  code: {
    repository: 'bytedance/ibot',
    file: 'main_ibot.py',
    commit: 'da316d82636a7a7356835ef224b13d5f3ace0489',
  },
  sections: ['teacher'],
  networks: [
    { name: 'teacher', about: "the student's moving average, and the one that iBOT evaluates and publishes" },
    {
      name: 'student',
      about: 'the network that is trained by back-propagation',
      sections: ['student'],
    },
  ],
  // DINO has one last layer; iBOT has a second one for patches, which may be shared.
  signature: ['backbone.*', 'head.mlp.*', 'head.last_layer2.*'],
  rules: [
    { drop: 'head.*', because: 'projection head' },
    { drop: 'backbone.masked_embed', because: 'mask token' },
    { keep: 'backbone.*', as: '*' },
  ],
  normalisation: IMAGENET,
  published: ['checkpoint.pth'],
} as const satisfies Method
