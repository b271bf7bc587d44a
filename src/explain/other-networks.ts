/** Networks that are often tried and that no class is known for: said so by name, rather than by a list of missing tensors. */
import { UnsupportedError } from '../errors.ts'
import { matcher } from '../rename/pattern.ts'
import { withoutWrapper } from '../rename/wrappers.ts'
import type { Checkpoint } from '../tensor/tensor.ts'
import { findBackbones } from './find-backbone.ts'

interface OtherNetwork {
  readonly is: string
  /** Some section of the checkpoint has a name for each of these, wrappers aside. */
  readonly signature: readonly string[]
  /** Why it cannot be converted, and what to do instead. */
  readonly advice: string
}

const NO_ROPE =
  'No backbone of MMDetection or MMPretrain computes its rotary positions. Take DINOv2, or the ConvNeXt of DINOv3.'

const DISTILLED = 'It was trained with labels. Take one that was not distilled, or a self-supervised one.'

// The first that fits wins.
const OTHER_NETWORKS: readonly OtherNetwork[] = [
  // facebookresearch/moco-v3@c349e6e2 vits.py ConvStem
  {
    is: 'a Vision Transformer with a stem of convolutions (vit_conv_small or vit_conv_base of MoCo v3)',
    signature: ['*patch_embed.proj.12.weight', '*blocks.0.attn.qkv.weight'],
    advice:
      "No backbone of MMDetection or MMPretrain has this stem. Take MoCo v3's vit_small or vit_base, which have one convolution.",
  },
  // facebookresearch/dinov3@6876159 dinov3/models/vision_transformer.py; timm eva.py; transformers dinov3_vit.
  {
    is: "DINOv3's Vision Transformer",
    signature: ['*rope_embed.periods', '*blocks.0.attn.qkv.weight'],
    advice: NO_ROPE,
  },
  {
    is: "DINOv3's Vision Transformer in timm's names",
    signature: ['*reg_token', '*blocks.0.gamma_1', '*blocks.0.attn.qkv.weight'],
    advice: NO_ROPE,
  },
  {
    is: "DINOv3's Vision Transformer in the names of Hugging Face transformers",
    signature: ['*embeddings.register_tokens', '*layer.0.attention.k_proj.weight'],
    advice: NO_ROPE,
  },
  {
    is: 'a DINOv2 with registers, in the names of Hugging Face transformers',
    signature: ['*embeddings.register_tokens', '*embeddings.position_embeddings'],
    advice:
      'Its position embedding has a row for the class token, which timm, where alone its class is, adds to the class token: that would compute. Convert the file that timm publishes of it, such as timm/vit_base_patch14_reg4_dinov2.lvd142m.',
  },
  // huggingface/pytorch-image-models timm/models/vision_transformer.py: AIMv2, with SwiGLU in place of its MLPs.
  {
    is: 'a Vision Transformer with gated MLPs in two parts, such as AIMv2',
    signature: ['*blocks.0.mlp.fc1_g.weight', '*blocks.0.attn.qkv.weight'],
    advice: "No backbone of MMDetection or MMPretrain computes it. Take DINOv2's ViT.",
  },
  // open-mmlab/mmpretrain mmpretrain/models/backbones/mixmim.py
  {
    is: 'a MixMIM',
    signature: ['*absolute_pos_embed', '*layers.0.blocks.0.ffn.layers.0.0.weight'],
    advice:
      "MMPretrain's class for it takes images of one size only, and MMDetection has none. Take SimMIM's Swin Transformer.",
  },
  // sunsmarterjie/iTPN, zhangxiaosong18/hivit; open-mmlab/mmpretrain mmpretrain/models/backbones/hivit.py
  {
    is: 'a HiViT, such as that of iTPN',
    signature: ['*blocks.0.mlp.fc1.weight', '*blocks.4.reduction.weight', '*patch_embed.proj.weight'],
    advice:
      "MMPretrain's class for it fails with the sizes of images that detection has, and MMDetection has none. Take MAE's ViT.",
  },
  // facebookresearch/deit models.py, timm deit.py, transformers models/deit
  {
    is: 'a DeiT with a distillation token',
    signature: ['*dist_token', '*blocks.0.attn.qkv.weight'],
    advice: DISTILLED,
  },
  {
    is: 'a DeiT with a distillation token, in the names of Hugging Face transformers',
    signature: ['*embeddings.distillation_token'],
    advice: DISTILLED,
  },
  // Alpha-VL/ConvMAE@4c97b4c models_convmae.py
  {
    is: 'a ConvMAE: convolutions in its first two stages, and a Vision Transformer in the third',
    signature: ['patch_embed1.proj.weight', 'blocks1.0.conv1.weight', 'blocks3.0.attn.qkv.weight'],
    advice: 'No backbone of MMDetection or MMPretrain is built so: its authors have one for detectron2.',
  },
  // naver/croco@d7de0705 models/croco.py: version 1 is recognised before, by its position embedding.
  {
    is: 'a CroCo v2, a Vision Transformer with rotary positions',
    signature: ['enc_blocks.0.attn.qkv.weight', 'dec_blocks.0.attn.qkv.weight'],
    advice:
      'No backbone of MMDetection or MMPretrain computes its rotary positions. Take CroCo.pth, the first version.',
  },
  // microsoft/esvit@2d6becd9 models/vision_longformer.py
  {
    is: "a Vision Longformer (ViL), such as EsViT's",
    signature: ['*layer1.0.proj.weight', '*layer1.0.norm_embed.weight', '*layer4.0.proj.weight'],
    advice: "No backbone of MMDetection or MMPretrain is a ViL. Take EsViT's Swin Transformer.",
  },
  // microsoft/esvit@2d6becd9 models/cvt_v4_transformer.py
  {
    is: "a Convolutional vision Transformer (CvT), such as EsViT's",
    signature: ['*stage0.1.layers.0.0.fn.qkv.dw.weight', '*stage0.0.proj.weight'],
    advice: "No backbone of MMDetection or MMPretrain is a CvT. Take EsViT's Swin Transformer.",
  },
  // openai/CLIP@a1d07173 clip/model.py: `ModifiedResNet`.
  {
    is: "CLIP's own kind of ResNet, with three convolutions in its stem and attention in place of pooling",
    signature: ['visual.conv3.weight', 'visual.attnpool.k_proj.weight'],
    advice: "MMDetection's ResNet has one convolution in its stem. Take a method that trains such a ResNet.",
  },
  // transformers/models/regnet/modeling_regnet.py
  {
    is: 'a RegNet of an unusual size, under the names of Hugging Face transformers',
    signature: [
      '*embedder.embedder.convolution.weight',
      '*encoder.stages.0.layers.0.layer.2.attention.0.weight',
    ],
    advice: "Only RegNetY-16GF, 32GF, 64GF and 128GF are known, SEER's among them, and 3.2GF.",
  },
  // torch/distributed/fsdp/_flat_param.py
  {
    is: 'parameters that FSDP has flattened into one vector',
    signature: ['*_flat_param'],
    advice:
      'Save a full state dict where it is trained: with FSDP.state_dict_type(model, StateDictType.FULL_STATE_DICT): torch.save(model.state_dict(), path).',
  },
  {
    is: 'a Swin Transformer of an unusual kind',
    signature: ['*layers.0.blocks.0.attn.relative_position_bias_table'],
    advice:
      "MMDetection's and MMPretrain's have four stages and merge patches between them: selfsup2mmdet inspect shows what this one has.",
  },
  // Its patch embedding, positions or attention are not those of a ViT that a class is known for.
  {
    is: 'a Vision Transformer of an unusual kind',
    signature: ['*cls_token', '*blocks.0.attn.qkv.weight'],
    advice:
      'Its patch embedding, its positions or its blocks have names that no class of MMDetection or MMPretrain has a place for: selfsup2mmdet inspect shows them.',
  },
]

/** @returns undefined when it is none of them, or there is a network too that can be converted */
export function describeOtherNetwork(checkpoint: Checkpoint): UnsupportedError | undefined {
  // Beside such a one, another is no reason: DINOv3's Vision Transformer may have been its teacher.
  if (findBackbones(checkpoint.sections).length > 0) return undefined
  for (const [path, state] of checkpoint.sections) {
    const names = [...state.keys()].map(withoutWrapper)
    const found = OTHER_NETWORKS.find(({ signature }) =>
      signature.every(pattern => names.some(name => matcher(pattern)(name) !== undefined)),
    )
    if (found)
      return new UnsupportedError(
        `${checkpoint.source} holds ${found.is}${path === '' ? '' : ` (in '${path}')`}, which cannot be converted.`,
        found.advice,
      )
  }
  return undefined
}
