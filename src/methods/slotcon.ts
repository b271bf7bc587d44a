import { IMAGENET, type Method } from './method.ts'

export const slotcon = {
  name: 'slotcon',
  title: 'SlotCon: Self-Supervised Visual Representation Learning with Semantic Grouping',
  paper: 'https://arxiv.org/abs/2205.15288',
  code: {
    repository: 'CVMI-Lab/SlotCon',
    file: 'models/slotcon.py',
    commit: '30ff33d441bf787743a7cebaaf33a0ff5d5ad953',
  },
  sections: ['model'],
  networks: [
    // transfer/detection/convert_pretrain_to_d2.py:16, transfer/segmentation/convert_pretrain_to_mm.py:20.
    { name: 'key', about: 'the moving average of the other, and the one that SlotCon transfers' },
    { name: 'query', about: 'the encoder that is trained by back-propagation' },
  ],
  signature: ['encoder_q.*', 'encoder_k.*', 'grouping_k.slot_embed.weight'],
  rules: [
    { drop: 'projector_q.*', because: 'projection head' },
    { drop: 'projector_k.*', because: 'projection head of the momentum encoder' },
    { drop: 'grouping_q.*', because: 'prototypes of the slots' },
    { drop: 'grouping_k.*', because: 'prototypes of the slots, momentum encoder' },
    { drop: 'predictor_slot.*', because: 'prediction head' },
    { drop: 'center', because: "centre of the teacher's outputs" },
    { keep: 'encoder_k.*', as: '*', network: 'key' },
    { keep: 'encoder_q.*', as: '*', network: 'query' },
  ],
  normalisation: IMAGENET,
  // The published links have no file names.
  published: [],
} as const satisfies Method
