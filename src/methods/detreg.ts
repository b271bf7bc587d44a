import { DETR, IMAGENET, type Method } from './method.ts'

export const detreg = {
  name: 'detreg',
  title: 'DETReg: Unsupervised Pretraining with Region Priors for Object Detection',
  paper: 'https://arxiv.org/abs/2106.04550',
  code: {
    repository: 'amirbar/DETReg',
    file: 'models/deformable_detr.py',
    commit: 'a4b636351b46d8a77fa7155e350424027a7889d6',
  },
  sections: ['model'],
  signature: ['backbone.0.body.*', 'transformer.*', 'feature_embed.*'],
  rules: [
    ...DETR,
    // main.py drops these too, before it continues training.
    { drop: 'class_embed.*', because: 'layer that tells objects from background' },
    { drop: 'feature_embed.*', because: 'reconstruction of features' },
  ],
  normalisation: IMAGENET,
  published: ['full_imagenet_detreg_def_detr.pth', 'coco_detreg_def_detr.pth'],
} as const satisfies Method
