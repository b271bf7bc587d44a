import { IMAGENET, type Method } from './method.ts'

/** Its network has no class token and no last normalisation: the head adds both. */
export const selfpatch = {
  name: 'selfpatch',
  title: 'SelfPatch: Patch-level Representation Learning for Self-supervised Vision Transformers',
  paper: 'https://arxiv.org/abs/2206.07990',
  code: {
    repository: 'alinlab/SelfPatch',
    file: 'main_selfpatch.py',
    commit: '81aef149fa984a32bdbb2cf5a98aa0e072591535',
  },
  // main_selfpatch.py:294
  sections: ['teacher'],
  networks: [
    {
      name: 'teacher',
      about:
        "the student's moving average, and the one that SelfPatch evaluates (eval_video_segmentation.py:257)",
    },
    {
      name: 'student',
      about: 'the network that is trained by back-propagation',
      sections: ['student'],
    },
  ],
  signature: ['backbone.*', 'head.cls_token', 'projection_selfpatch.*'],
  rules: [
    { keep: 'backbone.*', as: '*' },
    { drop: 'head.*', because: 'aggregation of patches' },
    { drop: 'projection.*', because: 'projection head of images' },
    { drop: 'projection_selfpatch.*', because: 'projection head of patches' },
  ],
  normalisation: IMAGENET,
  published: [],
} as const satisfies Method
