import { IMAGENET, type Method } from './method.ts'

/** Not a training method: a file with only a network, in any known spelling, including this program's own output. */
export const backbone = {
  name: 'backbone',
  title: 'A backbone alone, as many methods release it; also what this program writes',
  label: 'an unknown method',
  paper: 'https://arxiv.org/abs/1906.07155',
  code: {
    repository: 'open-mmlab/mmdetection',
    file: 'mmdet/models/backbones/resnet.py',
    commit: 'cfd5d3a985b0249de009b67d04f37263e11cdf3d',
  },
  sections: ['state_dict', 'model', ''],
  signature: ['*'],
  rules: [
    // The Python script keeps MoCo v2's head. A single layer as fc, as in MoCo v1, is the method `torchvision`.
    { drop: 'fc.0.*', because: 'head left over from pretraining', head: 'fc.0.*' },
    { drop: 'fc.2.*', because: 'head left over from pretraining', head: 'fc.2.*' },
    { keep: '*', as: '*' },
  ],
  normalisation: IMAGENET,
  published: [],
} as const satisfies Method
