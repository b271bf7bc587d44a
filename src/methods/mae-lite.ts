import { IMAGENET, type Method } from './method.ts'

/** Checkpoints of MAE-Lite: the names of MAE in a module that trains it, and more heads than usual ViTs of these sizes. */
export const maeLite = {
  name: 'mae-lite',
  title: 'MAE-Lite: A Closer Look at Self-Supervised Lightweight Vision Transformers',
  paper: 'https://arxiv.org/abs/2205.14443',
  code: {
    repository: 'wangsr126/mae-lite',
    file: 'projects/mae_lite/mae_lite_exp.py',
    commit: 'f3090d4cdec279432958d79ddaffc540c16da7bc',
  },
  // mae_lite/tools/train.py:343
  sections: ['model'],
  signature: ['model.decoder_embed.*', 'model.decoder_blocks.*', 'model.decoder_pred.*'],
  rules: [
    { drop: 'model.decoder*', because: 'decoder' },
    { drop: 'model.mask_token', because: 'mask token' },
    { keep: 'model.*', as: '*' },
  ],
  normalisation: IMAGENET,
  // projects/mae_lite/models_mae.py:253
  heads: { 192: 12, 384: 12 },
  published: [],
} as const satisfies Method
