import { DETR, IMAGENET, type Method } from './method.ts'

/** Not a pre-training method: a trained detector, as published by its authors, and as saved by DETReg's fine-tuning. */
export const deformableDetr = {
  name: 'deformable-detr',
  title: 'Deformable DETR: Deformable Transformers for End-to-End Object Detection, trained',
  label: 'Deformable DETR',
  paper: 'https://arxiv.org/abs/2010.04159',
  code: {
    repository: 'fundamentalvision/Deformable-DETR',
    file: 'models/deformable_detr.py',
    commit: '11169a60c33333af00a4849f1808023eba96a931',
  },
  sections: ['model'],
  signature: ['backbone.0.body.*', 'transformer.level_embed', 'class_embed.0.weight'],
  rules: [...DETR, { drop: 'class_embed.*', because: 'layers for the classes of the data' }],
  normalisation: IMAGENET,
  published: ['r50_deformable_detr-checkpoint.pth'],
} as const satisfies Method
