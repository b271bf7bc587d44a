/** Encoders of masked modelling, of videos and of remote sensing that cannot be converted; other-networks.ts has the others. */

export interface OtherNetwork {
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

export const NO_ROPE =
  'No backbone of MMDetection or MMPretrain computes its rotary positions. Use DINOv2, or the ConvNeXt of DINOv3.'

export const NO_MIXMIM =
  "MMPretrain's class only accepts images of one size, and MMDetection has no class for it. Use SimMIM's Swin Transformer."

const NO_HIERA = "MMDetection and MMPretrain have no Hiera. Use MAE's Vision Transformer."

/** Tried before those of other-networks.ts, the last of which match any Swin or Vision Transformer. */
export const OTHER_ENCODERS: readonly OtherNetwork[] = [
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
]
