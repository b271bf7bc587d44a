import { IMAGENET, type Method } from './method.ts'

/** A ViT, a Swin Transformer or a ResNet in the module of SimMIM, without its mask token: what is masked are frequencies. */
export const mfm = {
  name: 'mfm',
  title: 'MFM: Masked Frequency Modeling for Self-Supervised Visual Pre-Training',
  paper: 'https://arxiv.org/abs/2206.07706',
  code: {
    repository: 'Jiahao000/MFM',
    file: 'models/mfm.py',
    commit: 'c9194b1087cc7dfe3499d22dce8824a939a0d3ab',
  },
  // utils.py:42
  sections: ['model'],
  signature: ['encoder.*', 'decoder.0.weight'],
  rules: [
    { drop: 'decoder.0.*', because: 'decoder' },
    // Not `encoder.*`: SimMIM has a mask token.
    { keep: 'encoder.cls_token', as: 'cls_token' },
    { keep: 'encoder.pos_embed', as: 'pos_embed' },
    { keep: 'encoder.patch_embed.*', as: 'patch_embed.*' },
    { keep: 'encoder.blocks.*', as: 'blocks.*' },
    { keep: 'encoder.layer*', as: 'layer*' },
    { keep: 'encoder.norm.*', as: 'norm.*' },
    { keep: 'encoder.conv1.*', as: 'conv1.*' },
    { keep: 'encoder.bn1.*', as: 'bn1.*' },
  ],
  normalisation: IMAGENET,
  published: [],
} as const satisfies Method
