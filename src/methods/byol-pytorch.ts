import { IMAGENET, type Method } from './method.ts'
import { numberedResnetRules } from './resnet-rules.ts'

export const byolPytorch = {
  name: 'byol-pytorch',
  title: 'BYOL as implemented by yaox12 (BYOL-PyTorch)',
  paper: 'https://arxiv.org/abs/2006.07733',
  code: {
    repository: 'yaox12/BYOL-PyTorch',
    file: 'model/basic_modules.py',
    commit: 'edefc01aa72716c5c59219883af1ff0ae1127053',
  },
  sections: ['model'],
  networks: [
    {
      name: 'online',
      about: 'the network that is trained by back-propagation, and the one that is transferred',
    },
    { name: 'target', about: 'its moving average' },
  ],
  signature: ['online_network.encoder.0.weight', 'target_network.encoder.0.weight', 'predictor.predictor.*'],
  rules: [
    // nn.Sequential(*list(resnet.children())[:-1])
    ...numberedResnetRules('online_network.encoder.', 'online'),
    ...numberedResnetRules('target_network.encoder.', 'target'),
    // Spelt so.
    { drop: 'online_network.projetion.*', because: 'projection head' },
    { drop: 'target_network.projetion.*', because: 'projection head of the target network' },
    { drop: 'predictor.*', because: 'prediction head' },
  ],
  normalisation: IMAGENET,
  style: 'pytorch',
  // resnet50_byol_imagenet2012.pth.tar is older than this code: method `byol-pytorch-legacy`.
  published: [],
} as const satisfies Method
