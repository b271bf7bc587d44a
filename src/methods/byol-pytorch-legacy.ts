import { IMAGENET, type Method } from './method.ts'

/** The published file comes from unpublished code; its readme and the code that loads it were read. */
export const byolPytorchLegacy = {
  name: 'byol-pytorch-legacy',
  title: 'BYOL as published by yaox12 (BYOL-PyTorch), from its legacy code',
  paper: 'https://arxiv.org/abs/2006.07733',
  code: {
    repository: 'yaox12/BYOL-PyTorch',
    file: 'readme.md',
    commit: 'edefc01aa72716c5c59219883af1ff0ae1127053',
  },
  // Heads are in separate sections, `online_projection` and `predictor`.
  sections: ['online_backbone'],
  networks: [
    {
      name: 'online',
      about: 'the network that is trained by back-propagation, and the one that is transferred',
    },
    { name: 'target', about: 'its moving average', sections: ['target_backbone'] },
  ],
  signature: ['*'],
  rules: [{ keep: '*', as: '*' }],
  normalisation: IMAGENET,
  published: ['resnet50_byol_imagenet2012.pth.tar'],
} as const satisfies Method
