import { IMAGENET, type Method } from './method.ts'

/** The whole learner. Its own trainer saves only the network, a bare backbone. */
export const byolLucidrains = {
  name: 'byol-lucidrains',
  title: 'BYOL as implemented by lucidrains (byol-pytorch)',
  paper: 'https://arxiv.org/abs/2006.07733',
  // Also read: examples/lightning/train.py (at 15deadd50195b1f16efc0e3fb027c3b6a555a117), which stores everything in `learner`.
  code: {
    repository: 'lucidrains/byol-pytorch',
    file: 'byol_pytorch/byol_pytorch.py',
    commit: '6717204748c2a4f4f44b991d4c59ce5b99995582',
  },
  sections: ['', 'state_dict'],
  networks: [
    {
      name: 'online',
      about: 'the network that is trained by back-propagation, and the one that BYOL is for',
    },
    { name: 'target', about: 'its moving average' },
  ],
  signature: ['net.*', 'online_encoder.net.*', 'online_encoder.projector.*', 'online_predictor.*'],
  rules: [
    { drop: 'net.fc.*', because: 'classifier, which BYOL does not train', head: 'fc.*', network: 'online' },
    { drop: 'online_encoder.net.*', because: 'the tensors of net, under a second name' },
    { drop: 'online_encoder.projector.*', because: 'projection head' },
    { drop: 'online_predictor.*', because: 'prediction head' },
    { drop: 'target_encoder.net.fc.*', because: 'classifier of the target network' },
    { drop: 'target_encoder.projector.*', because: 'projection head of the target network' },
    { keep: 'net.*', as: '*', network: 'online' },
    { keep: 'target_encoder.net.*', as: '*', network: 'target' },
  ],
  normalisation: IMAGENET,
  published: [],
} as const satisfies Method
