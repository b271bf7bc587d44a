import { IMAGENET, type Method } from './method.ts'

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
  signature: ['online_network.encoder.*', 'target_network.encoder.*', 'predictor.predictor.*'],
  rules: [
    // nn.Sequential(*list(resnet.children())[:-1]). The misspelling is theirs.
    { drop: 'online_network.projetion.*', because: 'projection head' },
    { drop: 'target_network.projetion.*', because: 'projection head of the target network' },
    { drop: 'predictor.*', because: 'prediction head' },
    { keep: 'online_network.encoder.*', as: '*', network: 'online' },
    { keep: 'target_network.encoder.*', as: '*', network: 'target' },
  ],
  normalisation: IMAGENET,
  // resnet50_byol_imagenet2012.pth.tar is older than this code: method `byol-pytorch-legacy`.
  published: [],
} as const satisfies Method
