import { IMAGENET, type Method } from './method.ts'
import { resnetRules } from './resnet-rules.ts'

export const moco = {
  name: 'moco',
  title: 'MoCo v1 and v2: Momentum Contrast',
  paper: 'https://arxiv.org/abs/1911.05722',
  code: {
    repository: 'facebookresearch/moco',
    file: 'moco/builder.py',
    commit: '132aea9da9bb995a411c915c0420be3db62052f3',
  },
  sections: ['state_dict', ''],
  networks: [
    {
      name: 'query',
      about: 'the encoder that is trained by back-propagation, and the one that MoCo transfers',
    },
    { name: 'key', about: 'its moving average' },
  ],
  signature: ['encoder_q.conv1.weight', 'encoder_k.conv1.weight', 'encoder_q.fc.*', 'queue'],
  rules: [
    // v1: fc is one layer, `fc.weight`; v2: an MLP, `fc.0` and `fc.2`.
    { drop: 'encoder_q.fc.*', because: 'projection head', head: 'fc.*', network: 'query' },
    {
      drop: 'encoder_k.fc.*',
      because: 'projection head of the momentum encoder',
      head: 'fc.*',
      network: 'key',
    },
    ...resnetRules('encoder_q.', 'query'),
    ...resnetRules('encoder_k.', 'key'),
    { drop: 'queue', because: 'dictionary of negatives' },
    { drop: 'queue_ptr', because: 'position in the dictionary of negatives' },
  ],
  normalisation: IMAGENET,
  style: 'pytorch',
  published: [
    'moco_v1_200ep_pretrain.pth.tar',
    'moco_v2_200ep_pretrain.pth.tar',
    'moco_v2_800ep_pretrain.pth.tar',
  ],
} as const satisfies Method
