import { HALF, type Method } from './method.ts'

export const bootmae = {
  name: 'bootmae',
  title: 'BootMAE: Bootstrapped Masked Autoencoders for Vision BERT Pretraining',
  paper: 'https://arxiv.org/abs/2207.07116',
  code: {
    repository: 'LightDXY/BootMAE',
    file: 'models/modeling_pretrain_bootmae.py',
    commit: 'd604b188b4557ef19433206bc56d4a64a2de451f',
  },
  sections: ['model'],
  networks: [
    {
      name: 'student',
      about:
        'the network that is trained by back-propagation, and the one that BootMAE transfers (README.md: --model_key model)',
    },
    { name: 'teacher', about: 'its moving average', sections: ['model_ema'] },
  ],
  signature: ['decode_blocks.*', 'decode_blocks_1.*', 'lm_head_1.*'],
  rules: [
    { drop: 'decode_*', because: 'decoder' },
    { drop: 'de_pos_embed', because: 'positions of the decoder' },
    { drop: 'down*', because: 'projection on the way to the decoder' },
    { drop: 'lm_head*', because: 'prediction of pixels, or of features' },
    { drop: 'mask_token*', because: 'mask token' },
    { keep: '*', as: '*' },
  ],
  // datasets.py:30: its commands do not set --imagenet_default_mean_and_std.
  normalisation: HALF,
  published: [],
} as const satisfies Method
