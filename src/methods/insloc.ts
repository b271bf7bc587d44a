import { IMAGENET, type Method } from './method.ts'

export const insloc = {
  name: 'insloc',
  title: 'InsLoc: Instance Localization for Self-supervised Detection Pretraining',
  paper: 'https://arxiv.org/abs/2102.08318',
  code: {
    repository: 'limbo0000/InstanceLoc',
    file: 'mmdet/models/detectors/insloc_fpn.py',
    commit: 'a419bb6d27d05f5224a734a91a9f366ed815c1e1',
  },
  sections: ['state_dict'],
  networks: [
    {
      name: 'query',
      about: 'the detector that is trained by back-propagation, and the one that InsLoc transfers',
    },
    { name: 'key', about: 'its moving average' },
  ],
  signature: ['backbone.*', 'backbone_k.*', 'roi_head_k.*', 'queues'],
  rules: [
    { keep: 'backbone.*', as: '*', network: 'query' },
    { keep: 'backbone_k.*', as: '*', network: 'key' },
    // C4: the last stage belongs to the region head (transfer/detection/convert_pretrained.py).
    { keep: 'roi_head.shared_head.layer4.*', as: 'layer4.*', network: 'query' },
    { keep: 'roi_head_k.shared_head.layer4.*', as: 'layer4.*', network: 'key' },
    { drop: 'neck.*', because: 'feature pyramid', part: 'neck.*', network: 'query' },
    {
      drop: 'neck_k.*',
      because: 'feature pyramid of the momentum encoder',
      part: 'neck.*',
      network: 'key',
    },
    { drop: 'roi_head.*', because: 'region head', part: 'roi_head.*', network: 'query' },
    {
      drop: 'roi_head_k.*',
      because: 'region head of the momentum encoder',
      part: 'roi_head.*',
      network: 'key',
    },
    { drop: 'queue', because: 'dictionary of negatives, unused copy' },
    { drop: 'queues', because: 'dictionary of negatives' },
    { drop: 'queue_ptr', because: 'position in the dictionary of negatives' },
  ],
  normalisation: IMAGENET,
  published: [],
} as const satisfies Method
