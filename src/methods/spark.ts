import { IMAGENET, type Method } from './method.ts'

/** MMPretrain's SparK is the method `openmmlab`. */
export const spark = {
  name: 'spark',
  title: 'SparK: Designing BERT for Convolutional Networks, Sparse and Hierarchical Masked Modeling',
  paper: 'https://arxiv.org/abs/2301.03580',
  code: {
    repository: 'keyu-tian/SparK',
    file: 'pretrain/spark.py',
    commit: 'a63e386f8e5186bc07ad7fce86e06b08f48a61ea',
  },
  // pretrain/utils/misc.py:152.
  sections: ['module'],
  signature: ['sparse_encoder.sp_cnn.*', 'mask_tokens.*'],
  rules: [
    { drop: 'dense_decoder.*', because: 'decoder' },
    { drop: 'densify_norms.*', because: 'normalisation on the way to the decoder' },
    { drop: 'densify_projs.*', because: 'projections on the way to the decoder' },
    { drop: 'mask_tokens.*', because: 'stand-ins for masked patches' },
    // imn_m, imn_s, norm_black: never used, according to the code.
    { drop: 'imn_*', because: 'unused constants' },
    { drop: 'norm_black', because: 'unused constant' },
    { keep: 'sparse_encoder.sp_cnn.*', as: '*' },
  ],
  normalisation: IMAGENET,
  // resnet50_1kpretrained_timm_style.pth and similar files contain only the backbone, without prefix: method `backbone`.
  published: [
    'res50_withdecoder_1kpretrained_spark_style.pth',
    'res101_withdecoder_1kpretrained_spark_style.pth',
    'res152_withdecoder_1kpretrained_spark_style.pth',
  ],
} as const satisfies Method
