import { IMAGENET, type Method } from './method.ts'

export const boltsByol = {
  name: 'bolts-byol',
  title: 'BYOL and SimSiam in Lightning Bolts',
  label: 'BYOL or SimSiam in Lightning Bolts',
  paper: 'https://arxiv.org/abs/2006.07733',
  // Also read: simsiam/simsiam_module.py, and byol/models.py before September 2022 (d8ff64f).
  code: {
    repository: 'Lightning-Universe/lightning-bolts',
    file: 'src/pl_bolts/models/self_supervised/byol/byol_module.py',
    commit: '34958a8892d42714edf02ba896fd5861ebb3cb7e',
  },
  sections: ['state_dict'],
  networks: [
    {
      name: 'online',
      about: 'the network that is trained by back-propagation, and the one that Bolts evaluates',
    },
    { name: 'target', about: 'its moving average; with SimSiam, a copy from before the training' },
  ],
  signature: ['online_network.encoder.*', 'online_network.projector.model.*'],
  rules: [
    { drop: 'online_network.projector.*', because: 'projection head' },
    { drop: 'target_network.projector.*', because: 'projection head of the target network' },
    { drop: 'predictor.*', because: 'prediction head' },
    // Its place until September 2022.
    { drop: 'online_network.predictor.*', because: 'prediction head' },
    { drop: 'target_network.predictor.*', because: 'prediction head of the target network, unused' },
    // SSLOnlineEvaluator, which was part of the model until November 2021.
    { drop: 'non_linear_evaluator.*', because: 'classifier for monitoring' },
    { keep: 'online_network.encoder.*', as: '*', network: 'online' },
    { keep: 'target_network.encoder.*', as: '*', network: 'target' },
  ],
  normalisation: IMAGENET,
  published: [],
} as const satisfies Method
