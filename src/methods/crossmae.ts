import { IMAGENET, type Method } from './method.ts'

/** With feature maps of all blocks, its decoder has the normalisations, and the network has none behind its last block. */
export const crossmae = {
  name: 'crossmae',
  title: 'CrossMAE: Rethinking Patch Dependence for Masked Autoencoders',
  paper: 'https://arxiv.org/abs/2401.14391',
  code: {
    repository: 'TonyLianLong/CrossMAE',
    file: 'models_cross.py',
    commit: 'ed0677a978a54c4dac3d28d54efb6b687c9d3dec',
  },
  sections: ['model'],
  signature: ['decoder_blocks.0.cross_attn.*', 'decoder_pred.*'],
  rules: [
    { drop: 'decoder_*', because: 'decoder' },
    { drop: 'dec_norms.*', because: 'normalisation of the maps that the decoder looks at' },
    { drop: 'wfm.*', because: 'weights of the maps that the decoder looks at' },
    { drop: 'mask_token', because: 'mask token' },
    { keep: '*', as: '*' },
  ],
  normalisation: IMAGENET,
  published: [],
} as const satisfies Method
