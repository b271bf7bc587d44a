import type { Method } from './method.ts'

export const vicregl = {
  name: 'vicregl',
  title: 'VICRegL (ResNet): Self-Supervised Learning of Local Visual Features',
  paper: 'https://arxiv.org/abs/2210.01571',
  code: {
    repository: 'facebookresearch/VICRegL',
    file: 'main_vicregl.py',
    commit: '803ae4c8cd1649a820f03afb4793763e95317620',
  },
  sections: ['model'],
  // `--alpha 1` leaves out maps_projector, `--alpha 0` projector.
  signature: ['backbone.*', '*projector.0.bias', 'classifier.weight'],
  rules: [
    { drop: 'maps_projector.*', because: 'expander head, local features' },
    { drop: 'projector.*', because: 'expander head, global features' },
    { drop: 'classifier.*', because: 'linear classifier for monitoring' },
    { keep: 'backbone.*', as: '*' },
  ],
  // 0.228 is not a typo here: transforms.py:308.
  normalisation: { mean: [0.485, 0.456, 0.406], std: [0.228, 0.224, 0.225], order: 'rgb' },
  // resnet50_alpha0.9.pth and resnet50_alpha0.75.pth contain only the backbone, without prefix: method `backbone`. Their
  // _fullckpt.pth lack maps_projector (issue 13); we could not check whether they have the classifier.
  published: [],
} as const satisfies Method
