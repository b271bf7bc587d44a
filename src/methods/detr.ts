import { DETR, IMAGENET, type Method } from './method.ts'

/** Not a pre-training method: a trained detector, as published by its authors, and as saved by UP-DETR's fine-tuning. */
export const detr = {
  name: 'detr',
  title: 'DETR: End-to-End Object Detection with Transformers, trained',
  label: 'DETR',
  paper: 'https://arxiv.org/abs/2005.12872',
  code: {
    repository: 'facebookresearch/detr',
    file: 'models/detr.py',
    commit: '29901c51d7fe8712168b8d0d64351170bc0f83e0',
  },
  sections: ['model'],
  signature: [
    'backbone.0.body.*',
    'transformer.decoder.norm.weight',
    'input_proj.weight',
    'class_embed.weight',
  ],
  rules: [...DETR, { drop: 'class_embed.*', because: 'classification layer' }],
  normalisation: IMAGENET,
  published: ['detr-r50-e632da11.pth', 'detr-r101-2c7b67e5.pth'],
} as const satisfies Method
