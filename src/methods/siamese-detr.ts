import { IMAGENET, type Method } from './method.ts'

export const siameseDetr = {
  name: 'siamese-detr',
  title: 'Siamese DETR',
  paper: 'https://arxiv.org/abs/2303.18144',
  code: {
    repository: 'Zx55/SiameseDETR',
    file: 'tools/convert_to_detr.py',
    commit: 'ae604dce39c7b5d82169acc26e925eff022aeb77',
  },
  sections: ['state_dict'],
  signature: ['backbone.*', 'transformer.*', 'patch2query.*', 'pred_head.bbox_embed.*'],
  rules: [
    { keep: 'backbone.*', as: '*' },
    { drop: 'transformer.*', because: 'transformer', part: 'transformer.*' },
    { drop: 'query_embed.weight', because: 'queries', part: 'query_embed.weight' },
    { drop: 'input_proj.*', because: 'neck', part: 'input_proj.*' },
    { drop: 'pred_head.bbox_embed.*', because: 'head for boxes', part: 'bbox_embed.*' },
    { drop: 'pred_head.*', because: 'heads of the pre-training' },
    { drop: 'enc_head.*', because: 'heads of the pre-training, on the encoder' },
    { drop: 'patch2query.*', because: 'from patches to queries' },
  ],
  normalisation: IMAGENET,
  published: [],
} as const satisfies Method
