import { IMAGENET, type Method } from './method.ts'

export const scrl = {
  name: 'scrl',
  title: 'SCRL: Spatially Consistent Representation Learning; and BYOL of the same code',
  label: 'SCRL or BYOL in its code',
  paper: 'https://arxiv.org/abs/2103.06122',
  code: {
    repository: 'kakaobrain/scrl',
    file: 'models/backbone.py',
    commit: '62730fb21c70eaeab57b185210d09f5c4ae589bd',
  },
  // Each module has its own section (trainer/base.py:173), including predictor and evaluator.
  sections: ['online_network_state_dict'],
  networks: [
    {
      name: 'online',
      about: 'the network that is trained by back-propagation, and the one that SCRL evaluates',
    },
    { name: 'target', about: 'its moving average', sections: ['target_network_state_dict'] },
  ],
  signature: ['encoder.*'],
  rules: [
    { drop: 'projector.*', because: 'projection head' },
    { keep: 'encoder.*', as: '*' },
  ],
  normalisation: IMAGENET,
  published: ['scrl_200ep.pth', 'scrl_1000ep.pth', 'byol_200ep.pth', 'byol_1000ep.pth'],
} as const satisfies Method
