import { IMAGENET, type Method } from './method.ts'

/** Not a pre-training method: a detector that MMDetection trained, in 2.x or 3.x, as a start for another. */
export const mmdetDetector = {
  name: 'mmdet-detector',
  title: 'A detector that MMDetection trained',
  label: 'MMDetection',
  paper: 'https://arxiv.org/abs/1906.07155',
  code: {
    repository: 'open-mmlab/mmdetection',
    file: 'mmdet/models/detectors/base.py',
    commit: 'cfd5d3a985b0249de009b67d04f37263e11cdf3d',
  },
  sections: ['state_dict', ''],
  signature: ['backbone.*', 'neck.*convs.0.conv.weight'],
  rules: [
    { keep: 'backbone.*', as: '*' },
    { drop: 'neck.*', because: 'neck', part: 'neck.*' },
    { drop: 'rpn_head.*', because: 'region proposals', part: 'rpn_head.*' },
    { drop: 'roi_head.*', because: 'region head', part: 'roi_head.*' },
    { drop: 'bbox_head.*', because: 'head for boxes', part: 'bbox_head.*' },
    // DETR and Deformable DETR in 3.x.
    { drop: 'encoder.*', because: 'transformer', part: 'encoder.*' },
    { drop: 'decoder.*', because: 'transformer', part: 'decoder.*' },
    { drop: 'query_embedding.weight', because: 'queries', part: 'query_embedding.weight' },
    { drop: 'level_embed', because: 'embedding of the maps', part: 'level_embed' },
    { drop: 'reference_points_fc.*', because: 'reference points', part: 'reference_points_fc.*' },
    { drop: 'memory_trans_*', because: 'queries from the encoder', part: 'memory_trans_*' },
    { drop: 'pos_trans_*', because: 'queries from the encoder', part: 'pos_trans_*' },
  ],
  normalisation: IMAGENET,
  published: [],
} as const satisfies Method
