/** Common networks that cannot be converted: errors name them, instead of listing missing tensors. */
import { UnsupportedError } from '../errors.ts'
import { matcher } from '../rename/pattern.ts'
import { withoutWrapper } from '../rename/wrappers.ts'
import type { Checkpoint, StateDict } from '../tensor/tensor.ts'
import { findBackbones } from './find-backbone.ts'
import { NO_MIXMIM, NO_ROPE, OTHER_ENCODERS, type OtherNetwork } from './other-encoders.ts'

const DISTILLED = 'It was trained with labels. Use one that was not distilled, or a self-supervised one.'

// The first match wins.
const OTHER_NETWORKS: readonly OtherNetwork[] = [
  ...OTHER_ENCODERS,
  // facebookresearch/moco-v3@c349e6e2 vits.py ConvStem
  {
    is: 'a Vision Transformer with a convolutional stem (vit_conv_small or vit_conv_base of MoCo v3)',
    signature: ['*patch_embed.proj.12.weight', '*blocks.0.attn.qkv.weight'],
    advice:
      "No backbone of MMDetection or MMPretrain has this stem. Use MoCo v3's vit_small or vit_base, which have one convolution.",
  },
  // facebookresearch/dinov3@6876159 dinov3/models/vision_transformer.py; timm eva.py; transformers dinov3_vit.
  {
    is: "DINOv3's Vision Transformer",
    signature: ['*rope_embed.periods', '*blocks.0.attn.qkv.weight'],
    advice: NO_ROPE,
  },
  {
    is: "DINOv3's Vision Transformer with timm's names",
    signature: ['*reg_token', '*blocks.0.gamma_1', '*blocks.0.attn.qkv.weight'],
    advice: NO_ROPE,
  },
  {
    is: "DINOv3's Vision Transformer with the names of Hugging Face transformers",
    signature: ['*embeddings.register_tokens', '*layer.0.attention.k_proj.weight'],
    advice: NO_ROPE,
  },
  {
    is: 'a DINOv2 with registers, with the names of Hugging Face transformers',
    signature: ['*embeddings.register_tokens', '*embeddings.position_embeddings'],
    advice:
      "Only timm has a class for it, which expects the sum of class token and position embedding; a conversion never computes. Convert timm's version of the file, such as timm/vit_base_patch14_reg4_dinov2.lvd142m.",
  },
  // huggingface/pytorch-image-models timm/models/vision_transformer.py: AIMv2, with SwiGLU instead of MLPs.
  {
    is: 'a Vision Transformer with gated MLPs in two parts, such as AIMv2',
    signature: ['*blocks.0.mlp.fc1_g.weight', '*blocks.0.attn.qkv.weight'],
    advice: "Neither MMDetection nor MMPretrain has a backbone that computes this. Use DINOv2's ViT instead.",
  },
  // open-mmlab/mmpretrain mmpretrain/models/backbones/mixmim.py
  {
    is: 'a MixMIM',
    signature: ['*absolute_pos_embed', '*layers.0.blocks.0.ffn.layers.0.0.weight'],
    advice: NO_MIXMIM,
  },
  // sunsmarterjie/iTPN, zhangxiaosong18/hivit; open-mmlab/mmpretrain mmpretrain/models/backbones/hivit.py
  {
    is: 'a HiViT, such as that of iTPN',
    signature: ['*blocks.0.mlp.fc1.weight', '*blocks.4.reduction.weight', '*patch_embed.proj.weight'],
    advice:
      "MMPretrain's class fails with the image sizes of detection, and MMDetection has no class for it. Use MAE's ViT.",
  },
  // facebookresearch/deit models.py, timm deit.py, transformers models/deit
  {
    is: 'a DeiT with a distillation token',
    signature: ['*dist_token', '*blocks.0.attn.qkv.weight'],
    advice: DISTILLED,
  },
  {
    is: 'a DeiT with a distillation token, with the names of Hugging Face transformers',
    signature: ['*embeddings.distillation_token'],
    advice: DISTILLED,
  },
  // Alpha-VL/ConvMAE@4c97b4c models_convmae.py
  {
    is: 'a ConvMAE: convolutions in its first two stages, and a Vision Transformer in the third',
    signature: ['patch_embed1.proj.weight', 'blocks1.0.conv1.weight', 'blocks3.0.attn.qkv.weight'],
    advice: 'MMDetection and MMPretrain have no such backbone; its authors have one for detectron2.',
  },
  // naver/croco@d7de0705 models/croco.py: version 1 is recognised before, by its position embedding.
  {
    is: 'a CroCo v2, a Vision Transformer with rotary positions',
    signature: ['enc_blocks.0.attn.qkv.weight', 'dec_blocks.0.attn.qkv.weight'],
    advice:
      'No backbone of MMDetection or MMPretrain computes its rotary positions. Use CroCo.pth, the first version.',
  },
  // microsoft/esvit@2d6becd9 models/vision_longformer.py
  {
    is: "a Vision Longformer (ViL), such as EsViT's",
    signature: ['*layer1.0.proj.weight', '*layer1.0.norm_embed.weight', '*layer4.0.proj.weight'],
    advice: "MMDetection and MMPretrain have no ViL. Use EsViT's Swin Transformer.",
  },
  // microsoft/esvit@2d6becd9 models/cvt_v4_transformer.py
  {
    is: "a Convolutional vision Transformer (CvT), such as EsViT's",
    signature: ['*stage0.1.layers.0.0.fn.qkv.dw.weight', '*stage0.0.proj.weight'],
    advice: "MMDetection and MMPretrain have no CvT. Use EsViT's Swin Transformer.",
  },
  // openai/CLIP@a1d07173 clip/model.py: `ModifiedResNet`.
  {
    is: "CLIP's variant of ResNet, with three convolutions in its stem and attention instead of pooling",
    signature: ['visual.conv3.weight', 'visual.attnpool.k_proj.weight'],
    advice: "MMDetection's ResNet has one convolution in its stem. Use a checkpoint of such a ResNet.",
  },
  // transformers/models/regnet/modeling_regnet.py
  {
    is: 'a RegNet of an unusual size, with the names of Hugging Face transformers',
    signature: [
      '*embedder.embedder.convolution.weight',
      '*encoder.stages.0.layers.0.layer.2.attention.0.weight',
    ],
    advice: "Only RegNetY-3.2GF, 16GF, 32GF, 64GF and 128GF are supported, which include SEER's.",
  },
  // torch/distributed/fsdp/_flat_param.py
  {
    is: 'parameters that FSDP has flattened into one vector',
    signature: ['*_flat_param'],
    advice:
      'Save a full state dict in the training script: with FSDP.state_dict_type(model, StateDictType.FULL_STATE_DICT): torch.save(model.state_dict(), path).',
  },
  {
    is: 'an unusual Swin Transformer',
    signature: ['*layers.0.blocks.0.attn.relative_position_bias_table'],
    advice:
      "MMDetection's and MMPretrain's have four stages and merge patches between them: selfsup2mmdet inspect shows what this one has.",
  },
  // Patch embedding, positions or attention differ from those of any ViT with a known class.
  {
    is: 'an unusual Vision Transformer',
    signature: ['*cls_token', '*blocks.0.attn.qkv.weight'],
    advice:
      'Its patch embedding, positions or blocks have names that no class in MMDetection or MMPretrain has: selfsup2mmdet inspect shows them.',
  },
]

/** @returns undefined if it is none of these, or the file also contains a network that can be converted */
export function describeOtherNetwork(checkpoint: Checkpoint): UnsupportedError | undefined {
  // If one can be converted, another is not the reason: DINOv3's Vision Transformer may have been its teacher.
  return findBackbones(checkpoint.sections).length > 0
    ? describeLookalike(checkpoint)
    : describe(checkpoint, OTHER_NETWORKS)
}

/** @returns undefined if the file's network is what its names say */
export function describeLookalike(checkpoint: Checkpoint): UnsupportedError | undefined {
  return describe(
    checkpoint,
    OTHER_NETWORKS.filter(({ lookalike }) => lookalike),
  )
}

function describe(
  { source, sections }: Checkpoint,
  networks: readonly OtherNetwork[],
): UnsupportedError | undefined {
  for (const [path, state] of sections) {
    const found = networks.find(network => isIn(state, network))
    if (found)
      return new UnsupportedError(
        `${source} contains ${found.is}${path === '' ? '' : ` (in '${path}')`}, which cannot be converted.`,
        found.advice,
      )
  }
  return undefined
}

function isIn(state: StateDict, { signature, axes }: OtherNetwork): boolean {
  const matching = signature.map(pattern =>
    [...state].filter(([name]) => matcher(pattern)(withoutWrapper(name)) !== undefined),
  )
  return (
    matching.every(found => found.length > 0) &&
    (axes === undefined || matching[0]!.some(([, { shape }]) => shape.length === axes))
  )
}
