import { IMAGENET, type Method } from './method.ts'

/** Intentionally no rule for backbones of lightly's own ResNetGenerator: their stem is 3×3 (SMoG's example). */
export const lightly = {
  name: 'lightly',
  title:
    'lightly, as in its Lightning examples: SimCLR, MoCo, BYOL, SimSiam, SwAV, VICReg, DenseCL and others',
  label: 'a method of lightly',
  paper: 'https://github.com/lightly-ai/lightly',
  code: {
    repository: 'lightly-ai/lightly',
    file: 'examples/pytorch_lightning/byol.py',
    commit: 'e8d317fc5a87f4387a85a35e689869039ec249ee',
  },
  sections: ['state_dict'],
  networks: [
    { name: 'backbone', about: 'the network that is trained by back-propagation' },
    { name: 'momentum', about: 'its moving average, in methods that have one' },
    {
      name: 'anchor',
      about: 'in MSN, the network that is trained: there, the backbone is its moving average',
    },
  ],
  signature: ['backbone.*', 'projection_head*'],
  rules: [
    // Also projection_head_momentum; DenseCL has projection_head_global, projection_head_local and their averages.
    { drop: 'projection_head*', because: 'projection head' },
    { drop: 'local_projection_head.*', because: 'projection head for local features' },
    { drop: 'prediction_head.*', because: 'prediction head' },
    { drop: 'prototypes.*', because: 'cluster prototypes' },
    { drop: 'criterion.*', because: 'constants of the loss' },
    // Vision Transformers are in a wrapper, `vit` (lightly/models/modules/masked_vision_transformer_*.py).
    { drop: 'backbone.mask_token', because: 'mask token' },
    { drop: 'anchor_backbone.mask_token', because: 'mask token' },
    { keep: 'backbone.vit.*', as: '*', network: 'backbone' },
    { keep: 'anchor_backbone.vit.*', as: '*', network: 'anchor' },
    { drop: 'anchor_projection_head.*', because: 'projection head of the anchor' },
    { drop: 'prototypes', because: 'cluster prototypes' },
    { keep: 'backbone.*', as: '*', network: 'backbone' },
    { keep: 'backbone_momentum.*', as: '*', network: 'momentum' },
  ],
  normalisation: IMAGENET,
  // The published checkpoints are those of its benchmarks: method `lightly-benchmark`.
  published: [],
} as const satisfies Method
