import { CLIP, type Method } from './method.ts'

export const eva02 = {
  name: 'eva-02',
  title: 'EVA-02: A Visual Representation for Neon Genesis',
  paper: 'https://arxiv.org/abs/2303.11331',
  code: {
    repository: 'baaivision/EVA',
    file: 'EVA-02/asuka/modeling_pretrain.py',
    commit: '5623d08bb08a8268c7bc18e1d9b8b4bd651fe4d9',
  },
  // DeepSpeed's engine stores it as `module`.
  sections: ['module', 'model', ''],
  signature: ['lm_head.*', 'blocks.0.attn.rope.freqs_cos'],
  rules: [
    { drop: 'lm_head.*', because: 'prediction of CLIP features' },
    { drop: 'mask_token', because: 'mask token' },
    { keep: '*', as: '*' },
  ],
  normalisation: CLIP,
  published: [
    'eva02_Ti_pt_in21k_p14.pt',
    'eva02_S_pt_in21k_p14.pt',
    'eva02_B_pt_in21k_p14.pt',
    'eva02_L_pt_in21k_p14.pt',
    'eva02_L_pt_m38m_p14.pt',
  ],
} as const satisfies Method
