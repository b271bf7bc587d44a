import { IMAGENET, type Method } from './method.ts'

export const vicreg = {
  name: 'vicreg',
  title: 'VICReg: Variance-Invariance-Covariance Regularization',
  paper: 'https://arxiv.org/abs/2105.04906',
  code: {
    repository: 'facebookresearch/vicreg',
    file: 'main_vicreg.py',
    commit: '4e12602fd495af83efd1631fbe82523e6db092e0',
  },
  sections: ['model'],
  // Barlow Twins has no bias here.
  signature: ['backbone.*', 'projector.0.weight', 'projector.0.bias'],
  rules: [
    { drop: 'projector.*', because: 'expander head' },
    { keep: 'backbone.*', as: '*' },
  ],
  normalisation: IMAGENET,
  // resnet50.pth and resnet50x2.pth contain only the backbone, without prefix: method `backbone`. resnet200x2_fullckpt.pth
  // has these names too, but MMDetection has no ResNet-200.
  published: ['resnet50_fullckpt.pth', 'resnet50x2_fullckpt.pth'],
} as const satisfies Method
