import { IMAGENET, type Method } from './method.ts'

/** A ViT, or a Swin Transformer as `encoder`: with a decoder, and a normalisation in front of it, for each of four blocks. */
export const localmim = {
  name: 'localmim',
  title: 'LocalMIM: Masked Image Modeling with Local Multi-Scale Reconstruction',
  paper: 'https://arxiv.org/abs/2303.05251',
  code: {
    repository: 'Haoqing-Wang/LocalMIM',
    file: 'ViT/models_mim.py',
    commit: '314a6e558a8c47bf0ef146235e2ced8d01e27fe6',
  },
  sections: ['model'],
  signature: ['decoder.0.embed.*', 'decoder.0.mask_token', 'decoder.3.pred.*'],
  rules: [
    { drop: 'decoder.*', because: 'decoder' },
    { drop: 'hog_enc.*', because: 'gradients of images, to predict' },
    { drop: 'norm.*', because: 'normalisation in front of a decoder' },
    { drop: 'encoder.norm.*', because: 'normalisation in front of a decoder' },
    { keep: 'encoder.*', as: '*' },
    { keep: '*', as: '*' },
  ],
  normalisation: IMAGENET,
  // Swin/models_mim.py:247 and Swin/models_swin.py:311, which run_finetune.py loads the file into without reordering.
  notes: {
    swin: 'LocalMIM merges patches in another order when it pre-trains than when it fine-tunes. The weights are kept as its authors transfer them: for the order of its fine-tuning, which is that of Swin Transformer',
  },
  published: [
    'swin_base_localmim_pixel_400ep_pretrain.pth',
    'swin_base_localmim_hog_400ep_pretrain.pth',
    'swin_large_localmim_hog_800ep_pretrain.pth',
  ],
} as const satisfies Method
