import { IMAGENET, type Method } from './method.ts'

export const vissl = {
  name: 'vissl',
  title: 'VISSL: SimCLR, SwAV, MoCo, PIRL, NPID++, Jigsaw, RotNet, Barlow Twins and others trained with it',
  label: 'a method of VISSL',
  paper: 'https://github.com/facebookresearch/vissl',
  code: {
    repository: 'facebookresearch/vissl',
    file: 'vissl/models/trunks/resnext.py',
    commit: '09270ed25a6c2cf71263d955b64cbe076d34ac45',
  },
  // Heads are in a separate section, moving averages with the loss. The other sections were written by older scripts.
  sections: ['classy_state_dict.base_model.model.trunk', 'model_state_dict', ''],
  signature: ['_feature_blocks.*'],
  rules: [{ keep: '_feature_blocks.*', as: '*' }],
  // Checkpoints converted from Caffe2 (their names end in _caffe2) were trained on BGR images.
  normalisation: IMAGENET,
  // Each model of the zoo is a folder with a file of this name.
  published: [
    'model_final_checkpoint_phase799.torch',
    'model_final_checkpoint_phase999.torch',
    'model_final_checkpoint_phase199.torch',
    'barlow_twins_32gpus_4node_imagenet1k_1000ep_resnet50.torch',
  ],
} as const satisfies Method
