import type { Method } from './method.ts'

export const swav = {
  name: 'swav',
  title: 'SwAV: Unsupervised Learning of Visual Features by Contrasting Cluster Assignments',
  paper: 'https://arxiv.org/abs/2006.09882',
  code: {
    repository: 'facebookresearch/swav',
    file: 'src/resnet50.py',
    commit: '06b1b7cbaf6ba2a792300d79c7299db98b93b7f9',
  },
  // Released files are flat; training writes `state_dict` next to `optimizer`, `epoch` and `amp` (main_swav.py:239).
  sections: ['state_dict', ''],
  signature: ['projection_head.*', 'prototypes.weight'],
  rules: [
    { drop: 'projection_head.*', because: 'projection head' },
    { drop: 'prototypes.*', because: 'cluster prototypes' },
    { keep: '*', as: '*' },
  ],
  // 0.228 is not a typo here: src/multicropdataset.py:39, eval_linear.py:104.
  normalisation: { mean: [0.485, 0.456, 0.406], std: [0.228, 0.224, 0.225], order: 'rgb' },
  published: [
    'swav_800ep_pretrain.pth.tar',
    'swav_400ep_pretrain.pth.tar',
    'swav_200ep_pretrain.pth.tar',
    'swav_100ep_pretrain.pth.tar',
    'swav_400ep_bs256_pretrain.pth.tar',
    'swav_200ep_bs256_pretrain.pth.tar',
    'swav_400ep_2x224_pretrain.pth.tar',
    'swav_RN50w2_400ep_pretrain.pth.tar',
    'swav_RN50w4_400ep_pretrain.pth.tar',
    'swav_RN50w5_400ep_pretrain.pth.tar',
  ],
} as const satisfies Method
