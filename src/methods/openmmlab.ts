import { IMAGENET, type Method } from './method.ts'

/**
 * The files of OpenSelfSup, MMSelfSup and MMPretrain for methods without a momentum encoder. For those with one, see
 * openmmlab-moco, openmmlab-moco-v3, openmmlab-byol, densecl, orl. Intentionally no rule for models that start with a Sobel
 * filter (`sobel_layer.*`): their first convolution has two input channels.
 */
export const openmmlab = {
  name: 'openmmlab',
  title:
    'MMPretrain, MMSelfSup, OpenSelfSup: SimCLR, SimSiam, SwAV, Barlow Twins, SparK, MAE, SimMIM, BEiT, CAE, MaskFeat, EVA, NPID, ODC, rotation and others',
  label: 'a method of MMPretrain, MMSelfSup or OpenSelfSup',
  paper: 'https://github.com/open-mmlab/mmpretrain',
  code: {
    repository: 'open-mmlab/mmpretrain',
    file: 'mmpretrain/models/selfsup/base.py',
    commit: 'ee7f2e88501f61aa95c742dd5f429f039935ee90',
  },
  sections: ['state_dict'],
  signature: ['backbone.*'],
  rules: [
    // Not `backbone.*`: other code bases store a projection head as `backbone.fc`.
    { drop: 'neck.decoder.*', because: 'decoder' },
    { drop: 'neck.*', because: 'projection head' },
    { drop: 'head.*', because: 'head of the pretext task' },
    // MMSelfSup 0.x registers SimSiam's backbone and neck a second time, as `encoder.0` and `encoder.1`.
    { drop: 'encoder.0.*', because: 'backbone under a second name' },
    { drop: 'encoder.1.*', because: 'projection head under a second name' },
    // SparK.
    { drop: 'mask_tokens.*', because: 'stand-ins for masked patches' },
    { drop: 'enc_dec_norms.*', because: 'normalisation on the way to the decoder' },
    { drop: 'enc_dec_projectors.*', because: 'projections on the way to the decoder' },
    // CAE's momentum copy; tokenisers, CLIP or HOG, which are the targets of BEiT, CAE, EVA, MILAN and MaskFeat.
    { drop: 'teacher.*', because: 'moving average of the backbone' },
    { drop: 'target_generator.*', because: 'network that makes the targets' },
    // MFF (mmpretrain/models/selfsup/mff.py).
    { drop: 'backbone.proj_weights', because: 'weights of the fusion of layers' },
    { drop: 'backbone.proj_layers.*', because: 'projections on the way to the fusion of layers' },
    { drop: 'backbone.mask_token', because: 'mask token' },
    { drop: 'memory_bank.*', because: 'memory bank' },
    { drop: 'loss_weight', because: 'class weights of the clustering loss' },
    { keep: 'backbone.*', as: '*' },
  ],
  normalisation: IMAGENET,
  // The published files of OpenSelfSup and MMSelfSup 0.x contain only the backbone: method `backbone`.
  published: [],
} as const satisfies Method
