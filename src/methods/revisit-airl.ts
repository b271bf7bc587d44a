import { IMAGENET, type Method } from './method.ts'

export const revisitAirl = {
  name: 'revisit-airl',
  title:
    'MoCo v2, MoCo v2+ and BYOL of Revisiting the Critical Factors of Augmentation-Invariant Representation Learning',
  label: "MoCo v2, MoCo v2+ or BYOL in revisitAIRL's code",
  paper: 'https://arxiv.org/abs/2208.00275',
  code: {
    repository: 'megvii-research/revisitAIRL',
    file: 'models/siamese_network.py',
    commit: '7afeb0299d354de873808cf6ed7848924e72c1d9',
  },
  sections: ['model'],
  networks: [
    {
      name: 'online',
      about: 'the network that is trained by back-propagation, and the one that is transferred',
    },
    { name: 'target', about: 'its moving average' },
  ],
  signature: ['online_encoder.*', 'target_encoder.*', 'online_encoder.fc.*'],
  rules: [
    // BYOL and MoCo v2+ also have the prediction head, as one Sequential.
    { drop: 'online_encoder.fc.*', because: 'projection head', head: 'fc.*', network: 'online' },
    {
      drop: 'target_encoder.fc.*',
      because: 'projection head of the target network',
      head: 'fc.*',
      network: 'target',
    },
    { drop: 'queue', because: 'dictionary of negatives' },
    { drop: 'queue_ptr', because: 'position in the dictionary of negatives' },
    { keep: 'online_encoder.*', as: '*', network: 'online' },
    { keep: 'target_encoder.*', as: '*', network: 'target' },
  ],
  normalisation: IMAGENET,
  // The published links have no file names.
  published: [],
} as const satisfies Method
