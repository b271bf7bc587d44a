import { IMAGENET, type Method } from './method.ts'

export const hpm = {
  name: 'hpm',
  title: 'HPM: Hard Patches Mining for Masked Image Modeling',
  paper: 'https://arxiv.org/abs/2304.05919',
  code: {
    repository: 'Haochen-Wang409/HPM',
    file: 'main_pretrain.py',
    commit: 'c15ae9077160b7940957f1423071d84044e41c8b',
  },
  // main_pretrain.py:283
  sections: ['state_dict'],
  networks: [
    {
      name: 'student',
      about:
        'the network that is trained by back-propagation, and the one that HPM transfers (main_finetune.py:242)',
    },
    { name: 'teacher', about: 'its moving average', sections: ['ema_state_dict'] },
  ],
  signature: ['decoder_embed.*', 'decoder_blocks_losspred.*'],
  rules: [
    { drop: 'decoder*', because: 'decoder, or prediction of the loss' },
    { drop: 'mask_token', because: 'mask token' },
    { keep: '*', as: '*' },
  ],
  normalisation: IMAGENET,
  published: [],
} as const satisfies Method
