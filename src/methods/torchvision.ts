import { IMAGENET, type Method } from './method.ts'

/** Supervised, for comparison. Intentionally no rule for ResNets with a deep stem (`conv1.0.*`, ResNet-D). */
export const torchvision = {
  name: 'torchvision',
  title: 'torchvision and timm: a ResNet with one layer as fc, such as a classifier',
  label: 'labels, as torchvision and timm do, or a method that its file does not name',
  paper: 'https://arxiv.org/abs/1512.03385',
  code: {
    repository: 'pytorch/vision',
    file: 'torchvision/models/resnet.py',
    commit: 'f50e776b051ddf007b90d7bc8f70b0708c12d008',
  },
  // Released files are flat; `model` comes from torchvision's references, `state_dict` from PyTorch's ImageNet example and timm.
  sections: ['', 'model', 'state_dict'],
  networks: [
    { name: 'model', about: 'the network that was trained' },
    {
      name: 'ema',
      about: "its moving average, where torchvision's references or timm were told to keep one",
      sections: ['model_ema', 'state_dict_ema'],
    },
  ],
  // A single layer as fc, so this is also the Python script's output for MoCo v1; two layers are the method `backbone`.
  signature: ['fc.weight', 'fc.bias'],
  rules: [
    { drop: 'fc.*', because: 'last layer: a classifier or a projection', head: 'fc.*' },
    { keep: '*', as: '*' },
  ],
  normalisation: IMAGENET,
  // And the ResNeXts and Wide ResNets next to these.
  published: [
    'resnet18-f37072fd.pth',
    'resnet34-b627a593.pth',
    'resnet50-0676ba61.pth',
    'resnet50-11ad3fa6.pth',
    'resnet101-63fe2227.pth',
    'resnet101-cd907fc2.pth',
    'resnet152-394f9c45.pth',
    'resnet152-f82ba261.pth',
  ],
} as const satisfies Method
