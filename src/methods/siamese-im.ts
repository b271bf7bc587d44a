import { IMAGENET, type Method } from './method.ts'

export const siameseIm = {
  name: 'siamese-im',
  title: 'SiameseIM: Siamese Image Modeling for Self-Supervised Vision Representation Learning',
  paper: 'https://arxiv.org/abs/2206.01204',
  code: {
    repository: 'OpenGVLab/Siamese-Image-Modeling',
    file: 'models_sim.py',
    commit: 'bbdec30891545ea7d96eb36b51782a287973f180',
  },
  // util/misc.py:326
  sections: ['model'],
  signature: ['mm_blocks.*', 'predictor_decoder_blocks.*'],
  rules: [
    { drop: 'mm_*', because: 'moving average of the network and its heads' },
    { drop: 'decoder_*', because: 'decoder' },
    { drop: 'projector_decoder_blocks.*', because: 'projection head' },
    { drop: 'predictor_decoder_blocks.*', because: 'prediction head' },
    { drop: 'student_norm.*', because: 'normalisation of the prediction' },
    { drop: 'mask_token', because: 'mask token' },
    { keep: '*', as: '*' },
  ],
  normalisation: IMAGENET,
  published: [],
} as const satisfies Method
