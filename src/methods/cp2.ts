import { IMAGENET, type Method } from './method.ts'

/** Trained with dilation in its last stages, which tensors do not show: MMDetection runs it with strides. */
export const cp2 = {
  name: 'cp2',
  title: 'CP2: Copy-Paste Contrastive Pretraining for Semantic Segmentation',
  paper: 'https://arxiv.org/abs/2203.11709',
  code: {
    repository: 'wangf3014/CP2',
    file: 'builder.py',
    commit: '7147ca77643d77b6ee1b2b857d6d1b954ad02a7f',
  },
  sections: ['state_dict'],
  networks: [
    { name: 'query', about: 'the encoder that is trained by back-propagation' },
    { name: 'key', about: 'its moving average' },
  ],
  signature: ['encoder_q.backbone.*', 'encoder_q.decode_head.contrast_conv.*'],
  rules: [
    { drop: 'encoder_q.decode_head.*', because: 'segmentation head' },
    { drop: 'encoder_k.decode_head.*', because: 'segmentation head of the momentum encoder' },
    { drop: 'queue', because: 'dictionary of negatives' },
    { drop: 'queue_ptr', because: 'position in the dictionary of negatives' },
    { keep: 'encoder_q.backbone.*', as: '*', network: 'query' },
    { keep: 'encoder_k.backbone.*', as: '*', network: 'key' },
  ],
  normalisation: IMAGENET,
  published: [],
} as const satisfies Method
