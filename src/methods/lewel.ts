import { IMAGENET, type Method } from './method.ts'

export const lewel = {
  name: 'lewel',
  title: 'LEWEL: Learning Where to Learn in Cross-View Self-Supervised Learning',
  paper: 'https://arxiv.org/abs/2203.14898',
  code: {
    repository: 'LayneH/LEWEL',
    file: 'models/lewel.py',
    commit: '4ee47eb15f77f2ba0586b803b9d67148e9978b0b',
  },
  sections: ['state_dict'],
  networks: [
    {
      name: 'online',
      about: 'the network that is trained by back-propagation, and the one that LEWEL transfers',
    },
    { name: 'target', about: 'its moving average' },
  ],
  signature: ['online_net.backbone.*', 'target_net.backbone.*', 'predictor_obj.*'],
  rules: [
    { drop: 'online_net.neck.*', because: 'projection heads, global and aligned' },
    { drop: 'target_net.neck.*', because: 'projection heads of the target network' },
    { drop: 'predictor.*', because: 'prediction head' },
    { drop: 'predictor_obj.*', because: 'prediction head, aligned' },
    { keep: 'online_net.backbone.*', as: '*', network: 'online' },
    { keep: 'target_net.backbone.*', as: '*', network: 'target' },
  ],
  normalisation: IMAGENET,
  // The published links have no file names.
  published: [],
} as const satisfies Method
