import { IMAGENET, type Method } from './method.ts'

export const densecl = {
  name: 'densecl',
  title: 'DenseCL: Dense Contrastive Learning',
  paper: 'https://arxiv.org/abs/2011.09157',
  // Also read: OpenMMLab's own DenseCL (mmpretrain/models/selfsup/densecl.py), which these rules match, too.
  code: {
    repository: 'WXinlong/DenseCL',
    file: 'openselfsup/models/densecl.py',
    commit: 'b64bbb6e267f729d16ca558233b0ef3028857381',
  },
  sections: ['state_dict'],
  networks: [
    {
      name: 'query',
      about: 'the encoder that is trained by back-propagation, and the one that DenseCL transfers',
    },
    { name: 'key', about: 'its moving average' },
  ],
  // MoCo does not have the second queue, of dense features.
  signature: ['backbone.*', 'encoder_k.*', 'queue', 'queue2'],
  rules: [
    { keep: 'backbone.*', as: '*', network: 'query' },
    // The same tensors as `backbone.*`, which is registered under both names; MMPretrain has no `encoder_q`.
    { drop: 'encoder_q.0.*', because: 'backbone under a second name' },
    { drop: 'encoder_q.1.*', because: 'projection heads, global and dense' },
    { keep: 'encoder_k.0.*', as: '*', network: 'key' },
    { keep: 'encoder_k.module.0.*', as: '*', network: 'key' },
    { drop: 'encoder_k.steps', because: 'counter of momentum updates' },
    { drop: 'encoder_k.*', because: 'projection heads of the momentum encoder' },
    { drop: 'neck.*', because: 'projection heads, global and dense' },
    { drop: 'queue', because: 'dictionary of negatives' },
    { drop: 'queue2', because: 'dictionary of negatives, dense' },
    { drop: 'queue_ptr', because: 'position in the dictionary of negatives' },
    { drop: 'queue2_ptr', because: 'position in the dictionary of negatives, dense' },
  ],
  normalisation: IMAGENET,
  // The authors' files (densecl_r50_imagenet_200ep.pth, …) contain only the backbone: method `backbone`.
  published: [],
} as const satisfies Method
