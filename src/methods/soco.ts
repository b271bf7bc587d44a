import { IMAGENET, type Method } from './method.ts'

export const soco = {
  name: 'soco',
  title: 'SoCo: Aligning Pretraining for Detection via Object-Level Contrastive Learning',
  paper: 'https://arxiv.org/abs/2106.02637',
  code: {
    repository: 'hologerry/SoCo',
    file: 'contrast/models/SoCo_FPN.py',
    commit: '2be1229ab3d9ec8e72537a7c519f51dc03450ebb',
  },
  sections: ['model'],
  networks: [
    {
      name: 'query',
      about: 'the encoder that is trained by back-propagation, and the one that SoCo transfers',
    },
    { name: 'key', about: 'its moving average' },
  ],
  signature: ['encoder.*', 'encoder_k.*', 'projector_k.*', 'predictor.*'],
  rules: [
    { keep: 'encoder.*', as: '*', network: 'query' },
    { keep: 'encoder_k.*', as: '*', network: 'key' },
    { drop: 'projector.*', because: 'projection head' },
    { drop: 'projector_k.*', because: 'projection head of the momentum encoder' },
    { drop: 'predictor.*', because: 'prediction head' },
    // Only SoCo_FPN and SoCo_FPN_Star.
    { drop: 'neck.*', because: 'feature pyramid', part: 'neck.*', network: 'query' },
    {
      drop: 'neck_k.*',
      because: 'feature pyramid of the momentum encoder',
      part: 'neck.*',
      network: 'key',
    },
    { drop: 'head.*', because: 'region head', part: 'head.*', network: 'query' },
    { drop: 'head_k.*', because: 'region head of the momentum encoder', part: 'head.*', network: 'key' },
    // Only SoCo_C4; its loss does not use them.
    { drop: 'queue', because: 'dictionary of negatives' },
    { drop: 'queue_ptr', because: 'position in the dictionary of negatives' },
  ],
  normalisation: IMAGENET,
  published: [
    'SoCo_C4_100ep/ckpt_epoch_100.pth',
    'SoCo_C4_400ep/ckpt_epoch_400.pth',
    'SoCo_FPN_100ep/ckpt_epoch_100.pth',
    'SoCo_FPN_400ep/ckpt_epoch_400.pth',
    'SoCo_FPN_Star_400ep/ckpt_epoch_400.pth',
  ],
} as const satisfies Method
