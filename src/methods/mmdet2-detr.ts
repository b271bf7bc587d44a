import { IMAGENET, type Method } from './method.ts'

/** Not a pre-training method: a DETR of MMDetection 2.x, which has no neck; also the output of AlignDet's own script. */
export const mmdet2Detr = {
  name: 'mmdet2-detr',
  title: 'A DETR that MMDetection 2.x trained',
  label: 'MMDetection 2.x',
  paper: 'https://arxiv.org/abs/1906.07155',
  code: {
    repository: 'open-mmlab/mmdetection',
    file: 'mmdet/models/dense_heads/detr_head.py',
    commit: 'e9cae2d0787cd5c2fc6165a6061f92fa09e48fb1',
  },
  sections: ['state_dict', ''],
  signature: ['backbone.*', 'bbox_head.input_proj.weight', 'bbox_head.transformer.*'],
  rules: [
    { keep: 'backbone.*', as: '*' },
    { drop: 'bbox_head.*', because: 'transformer and heads', part: 'bbox_head.*' },
  ],
  normalisation: IMAGENET,
  published: [],
} as const satisfies Method
