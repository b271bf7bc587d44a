import { IMAGENET, type Method } from './method.ts'

/**
 * Also files of other methods trained with MoCo's code. Read: maple-research-lab/AdCo@fd65f12 and CLSA@37df76c,
 * salesforce/PCL@964da1f, gyfastas/HCSC@cec852d, and Lightning Bolts until July 2021.
 */
export const moco = {
  name: 'moco',
  title: 'MoCo v1 and v2: Momentum Contrast; also PCL, AdCo, CLSA and HCSC',
  label: 'MoCo v1 or v2',
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
  // Not `queue`: AdCo stores its negatives in a separate section, and some files were saved without.
  signature: ['encoder_q.*', 'encoder_k.*', 'encoder_q.fc.*'],
  rules: [
    // v1: fc is a single layer, `fc.weight`; v2: an MLP, `fc.0` and `fc.2`.
    { drop: 'encoder_q.fc.*', because: 'projection head', head: 'fc.*', network: 'query' },
    {
      drop: 'encoder_k.fc.*',
      because: 'projection head of the momentum encoder',
      head: 'fc.*',
      network: 'key',
    },
    { drop: 'queue', because: 'dictionary of negatives' },
    { drop: 'queue_ptr', because: 'position in the dictionary of negatives' },
    // HCSC only.
    { drop: 'queue_index', because: 'indices of the images that the negatives come from' },
    { keep: 'encoder_q.*', as: '*', network: 'query' },
    { keep: 'encoder_k.*', as: '*', network: 'key' },
  ],
  normalisation: IMAGENET,
  published: [
    'moco_v1_200ep_pretrain.pth.tar',
    'moco_v2_200ep_pretrain.pth.tar',
    'moco_v2_800ep_pretrain.pth.tar',
    'PCL_v1_epoch200.pth.tar',
    'PCL_v2_epoch200.pth.tar',
    'hcsc_200eps.pth',
    'hcsc_400eps.pth',
    'hcsc_800eps.pth',
    'hcsc_multicrop_200eps.pth',
    'hcsc_multicrop_400eps.pth',
    'hcsc_multicrop_800eps.pth',
  ],
} as const satisfies Method
