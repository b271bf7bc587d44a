import { IMAGENET, type Method } from './method.ts'

/** The released files contain only the encoder: method `backbone`. */
export const mae = {
  name: 'mae',
  title: 'MAE: Masked Autoencoders Are Scalable Vision Learners',
  paper: 'https://arxiv.org/abs/2111.06377',
  code: {
    repository: 'facebookresearch/mae',
    file: 'models_mae.py',
    commit: 'efb2a8062c206524e35e47d04501ed4f544c0ae8',
  },
  // util/misc.py:301
  sections: ['model'],
  signature: ['decoder_embed.*', 'decoder_blocks.*', 'decoder_pred.*'],
  rules: [
    { drop: 'decoder*', because: 'decoder' },
    { drop: 'mask_token', because: 'mask token' },
    { keep: '*', as: '*' },
  ],
  normalisation: IMAGENET,
  published: [
    'mae_visualize_vit_base.pth',
    'mae_visualize_vit_large.pth',
    'mae_visualize_vit_large_ganloss.pth',
  ],
} as const satisfies Method
