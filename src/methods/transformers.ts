import { IMAGENET, type Method } from './method.ts'

/** A model's name, and the parts that belong to the network: the rest is heads. */
const PREFIXES: readonly (readonly [model: string, parts: readonly string[]])[] = [
  ['vit', ['embeddings', 'encoder', 'layers', 'layernorm']],
  ['ijepa', ['embeddings', 'encoder', 'layers', 'layernorm']],
  ['dinov2', ['embeddings', 'encoder', 'layernorm']],
  ['beit', ['embeddings', 'encoder', 'layers', 'shared_position_bias', 'pooler']],
  ['data2vec_vision', ['embeddings', 'encoder', 'pooler']],
  ['swin', ['embeddings', 'encoder', 'layernorm']],
  ['swinv2', ['embeddings', 'encoder', 'layernorm']],
  ['convnext', ['embeddings', 'encoder', 'layernorm']],
  ['convnextv2', ['embeddings', 'encoder', 'layernorm']],
  ['resnet', ['embedder', 'encoder']],
  ['regnet', ['embedder', 'encoder']],
  // DINOv3's ConvNeXt, in memory.
  ['model', ['stages']],
]

/** Not a training method: transformers' models that contain a network. Bare networks: method `backbone`. */
export const transformers = {
  name: 'transformers',
  title:
    'Hugging Face transformers: ViT, DINOv2, MAE, BEiT, data2vec, Swin, ConvNeXt, ResNet, RegNet with a head',
  label: 'a method that Hugging Face transformers does not name',
  paper: 'https://arxiv.org/abs/1910.03771',
  // Names of version 5.18, in files and in memory; most of the code is older.
  code: {
    repository: 'huggingface/transformers',
    file: 'src/transformers/models/vit/modeling_vit.py',
    commit: '000c33fdfde12e1ffafbfcdb3c926df5727a00b6',
  },
  sections: ['', 'state_dict', 'model'],
  signature: ['*.weight'],
  rules: [
    ...PREFIXES.flatMap(([model, parts]) =>
      parts.map(part => ({ keep: `${model}.${part}.*`, as: `${part}.*` })),
    ),
    // Version 5.18 saves ViTMSNForImageClassification with its blocks outside the network.
    { keep: 'encoder.*', as: 'encoder.*' },
    { drop: 'classifier.*', because: 'classification head' },
    { drop: 'decoder.*', because: 'decoder' },
    { drop: 'decode_head.*', because: 'segmentation head' },
    { drop: 'auxiliary_head.*', because: 'segmentation head' },
    { drop: 'fpn1.*', because: 'feature pyramid of the segmentation head' },
    { drop: 'fpn2.*', because: 'feature pyramid of the segmentation head' },
    { drop: 'fpn.*', because: 'feature pyramid of the segmentation head' },
    { drop: 'lm_head.*', because: 'prediction of visual tokens' },
    { drop: 'hidden_states_norms.*', because: 'normalisation of a feature map, which detection adds' },
    { keep: 'layer_norm.*', as: 'layer_norm.*' },
    // BEiT for masked images has its last normalisation outside the network.
    { keep: 'layernorm.*', as: 'layernorm.*' },
  ],
  normalisation: IMAGENET,
  published: [],
} as const satisfies Method
