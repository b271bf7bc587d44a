import { IMAGENET, type Method } from './method.ts'

export const resim = {
  name: 'resim',
  title: 'ReSim-FPN: Region Similarity Representation Learning',
  paper: 'https://arxiv.org/abs/2103.12902',
  code: {
    repository: 'Tete-Xiao/ReSim',
    file: 'moco/models.py',
    commit: 'b6a36ee5936347fd28ea02781bef453d6ac3617e',
  },
  sections: ['state_dict'],
  networks: [
    {
      name: 'query',
      about: 'the encoder that is trained by back-propagation, and the one that ReSim transfers',
    },
    { name: 'key', about: 'its moving average' },
  ],
  // MoCo's layout, with a feature pyramid inside both encoders.
  signature: ['encoder_q.*', 'encoder_k.*', 'encoder_q.fpn_lateral5*', 'queue'],
  rules: [
    { drop: 'encoder_q.fc.*', because: 'projection head', head: 'fc.*' },
    { drop: 'encoder_k.fc.*', because: 'projection head of the momentum encoder' },
    // `--fpn-bn` puts a BatchNorm after each convolution: `fpn_lateral5.0`, `fpn_lateral5.1`.
    { drop: 'encoder_q.fpn_*', because: 'feature pyramid', part: 'fpn_*', network: 'query' },
    {
      drop: 'encoder_k.fpn_*',
      because: 'feature pyramid of the momentum encoder',
      part: 'fpn_*',
      network: 'key',
    },
    { keep: 'encoder_q.*', as: '*', network: 'query' },
    { keep: 'encoder_k.*', as: '*', network: 'key' },
    { drop: 'queue', because: 'dictionary of negatives' },
    { drop: 'queue_ptr', because: 'position in the dictionary of negatives' },
  ],
  normalisation: IMAGENET,
  // Without resim_c4_200ep.pth.tar: the code of ReSim-C4 was not published.
  published: ['resim_fpn_200ep.pth.tar', 'resim_fpn_400ep.pth.tar'],
} as const satisfies Method
