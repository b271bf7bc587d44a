/** Common networks that cannot be converted: errors name them, instead of listing missing tensors. */
import { UnsupportedError } from '../errors.ts'
import { matcher } from '../rename/pattern.ts'
import { withoutWrapper } from '../rename/wrappers.ts'
import type { Checkpoint, StateDict } from '../tensor/tensor.ts'
import { findBackbones } from './find-backbone.ts'

interface OtherNetwork {
  readonly is: string
  /** A section must contain a name for each of these, without wrappers. */
  readonly signature: readonly string[]
  /** The number of axes of the tensor that the first pattern matches, if names do not tell. */
  readonly axes?: number
  /** Whether its tensors have the names of a known network, but no class computes the same from them. */
  readonly lookalike?: true
  /** Why it cannot be converted, and what to do instead. */
  readonly advice: string
}

const NO_ROPE =
  'No backbone of MMDetection or MMPretrain computes its rotary positions. Use DINOv2, or the ConvNeXt of DINOv3.'

const DISTILLED = 'It was trained with labels. Use one that was not distilled, or a self-supervised one.'

const NO_MIXMIM =
  "MMPretrain's class only accepts images of one size, and MMDetection has no class for it. Use SimMIM's Swin Transformer."

const NO_HIERA = "MMDetection and MMPretrain have no Hiera. Use MAE's Vision Transformer."

// The first match wins.
const OTHER_NETWORKS: readonly OtherNetwork[] = [
  // facebookresearch/jepa@51c59d51 src/models/utils/patch_embed.py PatchEmbed3D; NASA-IMPACT/hls-foundation-os; VideoMAE.
  {
    is: 'a Vision Transformer for videos or series of images, such as V-JEPA, VideoMAE and Prithvi',
    signature: ['*patch_embed.proj.weight', '*blocks.0.attn.qkv.weight'],
    axes: 5,
    lookalike: true,
    advice:
      'Its patches are cut from several images at once, which no backbone of MMDetection or MMPretrain does. Use a network for single images, such as I-JEPA or MAE.',
  },
  // bair-climate-initiative/scale-mae@89280d83 mae/models_mae.py:311 forward_encoder.
  {
    is: "Scale-MAE's Vision Transformer",
    signature: ['fcn_high.proj.weight', 'decoder_embed.weight', 'blocks.0.attn.qkv.weight'],
    lookalike: true,
    advice:
      'It computes positions from the metres that a pixel covers, and does not use those in the file: no backbone of MMDetection or MMPretrain does. Use SatMAE, or a network of SSL4EO-S12.',
  },
  // Sense-X/MixMIM@2b2f5a9a models_mixmim.py: MAE's names around a Swin Transformer.
  {
    is: 'a MixMIM',
    signature: ['absolute_pos_embed', 'decoder_pos_embed', '*.attn.relative_position_bias_table'],
    lookalike: true,
    advice: NO_MIXMIM,
  },
  // sustainlab-group/SatMAE@e31c11fa models_mae_group_channels.py; techmn/satmae_pp.
  {
    is: 'a SatMAE or SatMAE++ for groups of channels',
    signature: ['*channel_embed', '*patch_embed.0.proj.weight', '*blocks.0.attn.qkv.weight'],
    advice:
      'Each group of channels has patches of its own, which no backbone of MMDetection or MMPretrain has. Use the SatMAE that was trained on RGB, or a network of SSL4EO-S12.',
  },
  // facebookresearch/hiera@b12b8425 hiera/hiera.py: the first block of the second stage has a projection.
  {
    is: 'a Hiera',
    signature: ['*patch_embed.proj.weight', '*blocks.2.proj.weight', '*blocks.0.attn.qkv.weight'],
    advice: NO_HIERA,
  },
  {
    is: 'a Hiera',
    signature: ['*patch_embed.proj.weight', '*blocks.1.proj.weight', '*blocks.0.attn.qkv.weight'],
    advice: NO_HIERA,
  },
  // pengzhiliang/MAE-pytorch@8b3ab30f modeling_pretrain.py get_sinusoid_encoding_table.
  {
    is: 'a masked autoencoder of pengzhiliang/MAE-pytorch, or based on it',
    signature: [
      'encoder.patch_embed.proj.weight',
      'encoder.blocks.0.attn.qkv.weight',
      'encoder_to_decoder.weight',
    ],
    advice:
      "It computes its positions, which are not in the file, and no class of MMDetection or MMPretrain computes the same. Use the files of MAE's authors (facebookresearch/mae).",
  },
  // EPFL-VILAB/MultiMAE@66910f5b tools/multimae2vit_converter.py
  {
    is: 'a MultiMAE',
    signature: ['input_adapters.*', 'global_tokens', 'encoder.0.attn.qkv.weight'],
    advice:
      "Its positions are a map, without one for its global token. Its authors' tools/multimae2vit_converter.py writes a Vision Transformer, which can be converted.",
  },
  // facebookresearch/capi@98b4fa17 model.py
  {
    is: "CAPI's Vision Transformer",
    signature: ['*blocks.0.residual1.fn.q_proj.weight', '*blocks.0.residual1.fn.rope.freqs'],
    advice: NO_ROPE,
  },
  // pytorch/vision@005bb13b torchvision/models/swin_transformer.py
  {
    is: "a Swin Transformer with torchvision's names, such as SatlasPretrain's",
    signature: ['*features.1.0.attn.relative_position_index', '*features.2.reduction.weight'],
    advice:
      "These names are not supported. Use the authors' Swin Transformers (microsoft/Swin-Transformer) or timm's; of SatlasPretrain's networks, the ResNets.",
  },
  // implus/UM-MAE@cb7776b0 models_mae_swin.py: WindowAttention, PatchMerge
  {
    is: "UM-MAE's variant of the Swin Transformer",
    signature: ['*blocks.0.attn.posmlp.0.weight', '*blocks.2.downsample.proj.weight'],
    advice:
      "It computes its relative positions with layers instead of tables, which no backbone of MMDetection or MMPretrain does: its authors have one for MMDetection 2 (DET/swin.py). Use SimMIM's Swin Transformer.",
  },
  // LTH14/mage@1becb144 models_mage.py: BertEmbeddings
  {
    is: 'a MAGE',
    signature: ['*token_emb.word_embeddings.weight', '*blocks.0.attn.qkv.weight'],
    advice:
      "It sees the tokens of a VQGAN instead of images, which no backbone does. Use MAE's Vision Transformer.",
  },
  // facebookresearch/SlowFast slowfast/models/attention.py: MultiScaleAttention
  {
    is: 'a Multiscale Vision Transformer (MViT), such as that of MaskFeat for videos',
    signature: ['*blocks.0.attn.pool_k.weight', '*blocks.0.mlp.fc1.weight'],
    advice:
      "Its names are not those of mmpretrain.MViT, and no self-supervised MViT for images is known. Use MMPretrain's MaskFeat, which is a Vision Transformer.",
  },
  // facebookresearch/fairseq@26323eb6 examples/data2vec/models/data2vec2.py: layer_norm_first is false.
  {
    is: 'a data2vec 2.0',
    signature: ['modality_encoders.*', '*blocks.0.attn.qkv.weight'],
    advice:
      'Its blocks normalise what they add up, rather than their inputs, which no Vision Transformer of MMDetection or MMPretrain does. Use the first data2vec.',
  },
  // zhu-xlab/DOFA@0811eb37 wave_dynamic_layer.py
  {
    is: 'a DOFA',
    signature: ['*patch_embed.weight_generator.weight_tokens', '*blocks.0.attn.qkv.weight'],
    advice:
      'It computes its patch embedding from the wavelengths of the channels, which no backbone of MMDetection or MMPretrain does. Use a network of SSL4EO-S12.',
  },
  // antofuller/CROMA@59505a6b pretrain_croma.py
  {
    is: 'a CROMA',
    signature: ['*linear_input.weight', '*transformer.layers.0.0.input_norm.weight'],
    advice:
      'Its attention depends on the distance of patches instead of a position embedding, which no backbone of MMDetection or MMPretrain computes. Use a network of SSL4EO-S12.',
  },
  // Xiyue-Wang/TransPath ctran.py ConvStem
  {
    is: 'a Swin Transformer with a convolutional stem, such as CTransPath',
    signature: ['*patch_embed.proj.0.weight', '*layers.0.blocks.0.attn.relative_position_bias_table'],
    advice: 'No backbone of MMDetection or MMPretrain has this stem.',
  },
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
