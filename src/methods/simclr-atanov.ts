import type { Method } from './method.ts'

export const simclrAtanov = {
  name: 'simclr-atanov',
  title: 'SimCLR as implemented by AndrewAtanov',
  paper: 'https://arxiv.org/abs/2002.05709',
  code: {
    repository: 'AndrewAtanov/simclr-pytorch',
    file: 'models/encoder.py',
    commit: '85e5d5479759671f74347dbb64a57d5a4733ec6a',
  },
  sections: ['state_dict'],
  signature: ['convnet.*', 'projection.*'],
  rules: [
    // torchvision's classifier, which the forward pass skips: it still has its random initial values.
    { drop: 'convnet.fc.*', because: 'untrained classifier' },
    { keep: 'convnet.*', as: '*' },
    { drop: 'projection.*', because: 'projection head' },
  ],
  // No normalisation: only ToTensor, blur and clip (models/ssl.py).
  normalisation: { mean: [0, 0, 0], std: [1, 1, 1], order: 'rgb' },
  published: ['resnet50_imagenet_bs2k_epochs600.pth.tar'],
} as const satisfies Method
