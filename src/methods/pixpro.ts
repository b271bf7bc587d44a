import { IMAGENET, type Method } from './method.ts'

export const pixpro = {
  name: 'pixpro',
  title: 'PixPro: Propagate Yourself, Pixel-Level Consistency',
  paper: 'https://arxiv.org/abs/2011.10043',
  code: {
    repository: 'zdaxie/PixPro',
    file: 'contrast/models/PixPro.py',
    commit: 'e390d6b60bcb017ed7ea7fd7e6647d14c5da86cc',
  },
  // Released files went through publish_model.py, which only keeps `model`.
  sections: ['model'],
  networks: [
    {
      name: 'query',
      about: 'the encoder that is trained by back-propagation, and the one that PixPro transfers',
    },
    { name: 'key', about: 'its moving average' },
  ],
  // Not `value_transform.*`: with `--pixpro-transform-layer 0`, the default, it has no tensors (PixPro.py:136). SoCo has
  // these names too, and others that no rule here matches.
  signature: ['encoder.*', 'encoder_k.*', 'projector_k.*'],
  rules: [
    { keep: 'encoder.*', as: '*', network: 'query' },
    { keep: 'encoder_k.*', as: '*', network: 'key' },
    { drop: 'projector.*', because: 'projection head' },
    { drop: 'projector_k.*', because: 'projection head of the momentum encoder' },
    { drop: 'value_transform.*', because: 'pixel propagation module' },
    // Only with `--pixpro-ins-loss-weight`.
    { drop: 'projector_instance.*', because: 'projection head of the instance branch' },
    { drop: 'projector_instance_k.*', because: 'projection head of the instance branch, momentum encoder' },
    { drop: 'predictor.*', because: 'prediction head of the instance branch' },
  ],
  normalisation: IMAGENET,
  published: ['pixpro_base_r50_100ep_md5_91059202.pth', 'pixpro_base_r50_400ep_md5_919c6612.pth'],
} as const satisfies Method
