import { IMAGENET, type Method } from './method.ts'

/** Intentionally no rule for version 2: no backbone of MMDetection has its rotary positions. */
export const croco = {
  name: 'croco',
  title: 'CroCo: Self-Supervised Pre-training for 3D Vision Tasks by Cross-View Completion',
  paper: 'https://arxiv.org/abs/2210.10716',
  code: {
    repository: 'naver/croco',
    file: 'models/croco.py',
    commit: 'd7de0705845239092414480bd829228723bf20de',
  },
  sections: ['model'],
  signature: ['enc_blocks.*', 'enc_pos_embed', 'dec_blocks.*'],
  rules: [
    { keep: 'enc_*', as: 'enc_*' },
    { keep: 'patch_embed.*', as: 'patch_embed.*' },
    { drop: 'dec_*', because: 'decoder' },
    { drop: 'decoder_embed.*', because: 'projection on the way to the decoder' },
    { drop: 'prediction_head.*', because: 'prediction of pixels' },
    { drop: 'mask_token', because: 'mask token' },
  ],
  normalisation: IMAGENET,
  published: ['CroCo.pth'],
} as const satisfies Method
