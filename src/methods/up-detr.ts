import { DETR, IMAGENET, type Method } from './method.ts'

export const upDetr = {
  name: 'up-detr',
  title: 'UP-DETR: Unsupervised Pre-training for Object Detection with Transformers',
  paper: 'https://arxiv.org/abs/2011.09094',
  code: {
    repository: 'dddzg/up-detr',
    file: 'models/updetr.py',
    commit: '44c0c6eb4bddf409a41cbaae31b7360062495199',
  },
  sections: ['model'],
  signature: ['backbone.0.body.*', 'transformer.decoder.norm.weight', 'patch2query.*'],
  rules: [
    ...DETR,
    { drop: 'class_embed.*', because: 'layer that tells patches from background' },
    { drop: 'patch2query.*', because: 'from patches to queries' },
    { drop: 'feature_align.*', because: 'reconstruction of features' },
  ],
  normalisation: IMAGENET,
  published: ['up-detr-pre-training-60ep-imagenet.pth'],
} as const satisfies Method
