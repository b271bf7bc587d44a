/** Networks that are often tried and are no ResNets: said so by name, rather than by a list of missing tensors. */
import { UnsupportedError } from '../errors.ts'
import { matcher } from '../rename/pattern.ts'
import { withoutWrapper } from '../rename/wrappers.ts'
import type { Checkpoint } from '../tensor/tensor.ts'
import { findResNets } from './find-backbone.ts'

interface OtherNetwork {
  readonly is: string
  /** Some section of the checkpoint has a name for each of these, wrappers aside. */
  readonly signature: readonly string[]
  /** What to do, where there is more to do than to look for another checkpoint. */
  readonly advice?: string
}

const SWIN = 'layers.0.blocks.0.attn.relative_position_bias_table'

const NO_ROPE =
  'No backbone of MMDetection or MMPretrain computes its rotary positions. Take DINOv2, or the ConvNeXt of DINOv3.'

// The first that fits wins. Names read in facebookresearch/mae@efb2a806 models_mae.py, microsoft/SimMIM@d3e29bca
// models/simmim.py, bytedance/ibot@da316d82 main_ibot.py and models/, facebookresearch/moco-v3@c349e6e2 vits.py and
// moco/builder.py, facebookresearch/msn@4388dc1e src/deit.py, facebookresearch/dino@7c446df5 vision_transformer.py.
const OTHER_NETWORKS: readonly OtherNetwork[] = [
  // facebookresearch/moco-v3@c349e6e2 vits.py ConvStem
  {
    is: 'a Vision Transformer with a stem of convolutions (vit_conv_small or vit_conv_base of MoCo v3)',
    signature: ['*patch_embed.proj.12.weight', '*blocks.0.attn.qkv.weight'],
    advice:
      "No backbone of MMDetection or MMPretrain has this stem. Take MoCo v3's vit_small or vit_base, which have one convolution.",
  },
  {
    is: 'a masked autoencoder (MAE) on a Vision Transformer',
    signature: ['cls_token', 'mask_token', 'decoder_embed.weight'],
  },
  { is: 'a Swin Transformer trained by SimMIM', signature: ['encoder.mask_token', `encoder.${SWIN}`] },
  {
    is: 'a Vision Transformer trained by SimMIM',
    signature: ['encoder.mask_token', 'encoder.cls_token', 'decoder.0.weight'],
  },
  { is: 'a Swin Transformer trained by iBOT', signature: [`backbone.${SWIN}`, 'head.last_layer2.*'] },
  { is: 'a Vision Transformer trained by iBOT', signature: ['backbone.cls_token', 'head.last_layer2.*'] },
  {
    is: 'a Vision Transformer trained by MoCo v3',
    signature: ['base_encoder.cls_token', 'momentum_encoder.cls_token'],
  },
  { is: 'a Vision Transformer trained by MSN', signature: ['cls_token', 'fc.fc1.weight', 'fc.fc3.weight'] },
  { is: 'a Vision Transformer trained by DINO', signature: ['backbone.cls_token', 'head.last_layer.*'] },
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
  // openai/CLIP@a1d07173 clip/model.py: `ModifiedResNet`.
  {
    is: "CLIP's own kind of ResNet, with three convolutions in its stem and attention in place of pooling",
    signature: ['visual.conv3.weight', 'visual.attnpool.k_proj.weight'],
  },
  { is: 'a Swin Transformer', signature: [`*${SWIN}`] },
  // transformers/models/regnet/modeling_regnet.py
  {
    is: 'a RegNet of an unusual size, under the names of Hugging Face transformers',
    signature: [
      '*embedder.embedder.convolution.weight',
      '*encoder.stages.0.layers.0.layer.2.attention.0.weight',
    ],
    advice: "Only RegNetY-16GF, 32GF, 64GF and 128GF are known, SEER's among them, and 3.2GF.",
  },
  // transformers/models/resnet/modeling_resnet.py
  {
    is: 'a ResNet under the names of Hugging Face transformers',
    signature: [
      '*embedder.embedder.convolution.weight',
      '*encoder.stages.0.layers.0.layer.0.convolution.weight',
    ],
    advice:
      'No rule with one * can rename it. Take the checkpoint that it was made from: of timm, torchvision or the method itself.',
  },
  // torch/distributed/fsdp/_flat_param.py
  {
    is: 'parameters that FSDP has flattened into one vector',
    signature: ['*_flat_param'],
    advice:
      'Save a full state dict where it is trained: with FSDP.state_dict_type(model, StateDictType.FULL_STATE_DICT): torch.save(model.state_dict(), path).',
  },
  // `patch_embed.proj.weight`, or a stem of convolutions under `patch_embed.`.
  { is: 'a Vision Transformer', signature: ['*cls_token', '*blocks.0.attn.qkv.weight'] },
]

/** @returns undefined when it is none of them, or there is a ResNet too */
export function describeOtherNetwork(checkpoint: Checkpoint): UnsupportedError | undefined {
  // Beside a ResNet, another network is no reason: a Vision Transformer may have been its teacher.
  if (findResNets(checkpoint.sections).length > 0) return undefined
  for (const [path, state] of checkpoint.sections) {
    const names = [...state.keys()].map(withoutWrapper)
    const found = OTHER_NETWORKS.find(({ signature }) =>
      signature.every(pattern => names.some(name => matcher(pattern)(name) !== undefined)),
    )
    if (found)
      return new UnsupportedError(
        `${checkpoint.source} holds ${found.is}${path === '' ? '' : ` (in '${path}')`}, not a ResNet that MMDetection has.`,
        found.advice ?? 'Only ResNets with its stem and stages can be converted to MMDetection backbones.',
      )
  }
  return undefined
}
