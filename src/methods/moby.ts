import { IMAGENET, type Method } from './method.ts'

export const moby = {
  name: 'moby',
  title: 'MoBY: Self-Supervised Learning with Swin Transformers',
  paper: 'https://arxiv.org/abs/2105.04553',
  code: {
    repository: 'SwinTransformer/Transformer-SSL',
    file: 'models/moby.py',
    commit: '4510de1f21ee6f9810a74494c254081dd8f2c383',
  },
  sections: ['model'],
  networks: [
    {
      name: 'online',
      about: 'the network that is trained by back-propagation, and the one that MoBY transfers (utils.py:20)',
    },
    { name: 'target', about: 'its moving average' },
  ],
  signature: ['encoder.*', 'encoder_k.*', 'projector.linear_hidden.*', 'predictor.linear_hidden.*'],
  rules: [
    { drop: 'projector.*', because: 'projection head' },
    { drop: 'projector_k.*', because: 'projection head of the target network' },
    { drop: 'predictor.*', because: 'prediction head' },
    { drop: 'queue1', because: 'queue of negatives' },
    { drop: 'queue2', because: 'queue of negatives, second view' },
    { drop: 'queue_ptr', because: 'position in the queues' },
    { keep: 'encoder.*', as: '*', network: 'online' },
    { keep: 'encoder_k.*', as: '*', network: 'target' },
  ],
  normalisation: IMAGENET,
  published: ['moby_swin_t_300ep_pretrained.pth', 'moby_deit_small_300ep_pretrained.pth'],
} as const satisfies Method
