import type { Method } from './method.ts'

export const deepclusterV2 = {
  name: 'deepcluster-v2',
  title: 'DeepCluster-v2: clusters and reassigns, in the code base of SwAV',
  paper: 'https://arxiv.org/abs/2006.09882',
  code: {
    repository: 'facebookresearch/swav',
    file: 'main_deepclusterv2.py',
    commit: '06b1b7cbaf6ba2a792300d79c7299db98b93b7f9',
  },
  // Released files are flat; training writes `state_dict` next to `optimizer` and `epoch` (main_deepclusterv2.py:226).
  sections: ['state_dict', ''],
  // SwAV has one layer of prototypes: `prototypes.weight`.
  signature: ['projection_head.*', 'prototypes.prototypes0.weight'],
  rules: [
    { drop: 'projection_head.*', because: 'projection head' },
    { drop: 'prototypes.*', because: 'cluster prototypes' },
    { keep: '*', as: '*' },
  ],
  // 0.228 is not a typo here: src/multicropdataset.py:39.
  normalisation: { mean: [0.485, 0.456, 0.406], std: [0.228, 0.224, 0.225], order: 'rgb' },
  // SeLa-v2 (selav2_400ep_pretrain.pth.tar, …) has these heads too, but its code was not published: it matches this method or
  // `swav`, depending on its number of prototypes.
  published: [
    'deepclusterv2_800ep_pretrain.pth.tar',
    'deepclusterv2_400ep_pretrain.pth.tar',
    'deepclusterv2_400ep_2x224_pretrain.pth.tar',
  ],
} as const satisfies Method
