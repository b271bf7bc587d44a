/** The classes for backbones in MMDetection and MMPretrain. */
import { type Home, NO_CLASS_POSITION } from '../target.ts'

/** A ResNet class of MMDetection with a stem of three convolutions. */
function deep(name: string, file: string): Home {
  return {
    class: name,
    code: `open-mmlab/mmdetection mmdet/models/backbones/${file}`,
    spelling: 'mmdetection',
    prefix: '',
    section: 'state_dict',
  }
}

/** By family. All except classes with their own loaders read `state_dict` (mmengine/model/weight_init.py PretrainedInit). */
export const HOMES: Readonly<Record<string, Home>> = {
  resnet: {
    class: 'ResNet',
    code: 'open-mmlab/mmdetection mmdet/models/backbones/resnet.py',
    spelling: 'torchvision',
    prefix: '',
    section: 'state_dict',
  },
  // A stem of three convolutions, and shortcuts that pool: ResNet(deep_stem=True, avg_down=True).
  'resnet-d': deep('ResNetV1d', 'resnet.py'),
  'resnet-c': deep('ResNet', 'resnet.py'),
  'resnet-mit': {
    ...deep('ResNet', 'resnet.py'),
    refuses: [
      {
        when: ({ stem }) => stem !== 128,
        because:
          "has the names of CLIP's ResNets, which use pooling where MMDetection's ResNet has strides: it would load, but compute something else",
        instead: "Use a checkpoint of torchvision's ResNet.",
      },
    ],
  },
  resnest: deep('ResNeSt', 'resnest.py'),
  // MMDetection's own Res2Net does not pool in the first block of the first stage, whose stride is 1.
  res2net: {
    class: 'mmpretrain.Res2Net',
    code: 'open-mmlab/mmpretrain mmpretrain/models/backbones/res2net.py',
    spelling: 'mmpretrain',
    refuses: [
      {
        when: (_, spelling) => spelling === 'mmdetection',
        because:
          "has the names of MMDetection's own class, which lacks a pooling layer of other Res2Nets; the file does not show whether it was trained with this layer",
        instead:
          "MMDetection's Res2Net loads the file as it is. Convert the file that its authors, timm or MMPretrain published.",
      },
    ],
    prefix: '',
    section: 'state_dict',
  },
  vit: {
    class: 'mmpretrain.VisionTransformer',
    code: 'open-mmlab/mmpretrain mmpretrain/models/backbones/vision_transformer.py',
    spelling: 'mmpretrain',
    refuses: [NO_CLASS_POSITION],
    prefix: '',
    section: 'state_dict',
    resizes: 'the position embedding, where images are of another size than in pre-training',
  },
  swin: {
    class: 'SwinTransformer',
    code: 'open-mmlab/mmdetection mmdet/models/backbones/swin.py',
    spelling: 'mmdetection',
    refuses: [
      {
        when: ({ absolutePositions }) => absolutePositions === true,
        because: 'has absolute position embeddings, which MMDetection fails to load',
        instead: 'Train it without them (ape=False), or use another checkpoint.',
      },
      {
        // timm's swin_s3: it only shrinks windows that exceed the map.
        when: ({ windows }) =>
          (windows as readonly number[]).some((window, stage, all) => window > (all[stage - 1] ?? window)),
        because: 'has larger windows in a later stage, where the class has one size for all',
        instead: 'Take a Swin Transformer with windows of one size.',
      },
    ],
    // Its init_weights loads names with this prefix, and raises an IndexError if there are none.
    prefix: 'backbone.',
    section: 'state_dict',
    makes: ['norm0.*', 'norm1.*', 'norm2.*', '*.relative_position_index'],
    resizes: 'the tables of relative positions, where the config has another window',
  },
  convnext: {
    class: 'mmpretrain.ConvNeXt',
    code: 'open-mmlab/mmpretrain mmpretrain/models/backbones/convnext.py',
    spelling: 'mmpretrain',
    prefix: '',
    section: 'state_dict',
    makes: ['norm0.*', 'norm1.*', 'norm2.*'],
  },
  beit: {
    class: 'mmpretrain.BEiTViT',
    code: 'open-mmlab/mmpretrain mmpretrain/models/backbones/beit.py',
    spelling: 'mmpretrain',
    prefix: '',
    section: 'state_dict',
    makes: ['*.relative_position_index'],
  },
  'swin-v2': {
    class: 'mmpretrain.SwinTransformerV2',
    code: 'open-mmlab/mmpretrain mmpretrain/models/backbones/swin_transformer_v2.py',
    spelling: 'mmpretrain',
    prefix: '',
    section: 'state_dict',
    makes: ['norm0.*', 'norm1.*', 'norm2.*', '*.relative_position_index', '*.relative_coords_table'],
  },
  xcit: {
    class: 'mmpretrain.XCiT',
    code: 'open-mmlab/mmpretrain mmpretrain/models/backbones/xcit.py',
    spelling: 'mmpretrain',
    prefix: '',
    section: 'state_dict',
  },
  eva02: {
    class: 'mmpretrain.ViTEVA02',
    code: 'open-mmlab/mmpretrain mmpretrain/models/backbones/vit_eva02.py',
    spelling: 'mmpretrain',
    prefix: '',
    section: 'state_dict',
    // Its RotaryEmbeddingFast tiles the frequencies that EVA-02's code interleaves, and uses other steps.
    refuses: [
      {
        when: ({ rotary }) => rotary === false,
        because:
          'is in a file without rotary positions, and those that mmpretrain.ViTEVA02 computes are different',
        instead:
          "Convert the file of EVA-02's authors (such as eva02_B_pt_in21k_p14.pt), which contains them.",
      },
    ],
  },
  // No class of MMDetection or MMPretrain supports registers or RegNet Y; timm's classes do.
  'vit-registers': {
    class: 'mmpretrain.TIMMBackbone',
    code: 'open-mmlab/mmpretrain mmpretrain/models/backbones/timm_backbone.py; timm/models/vision_transformer.py',
    spelling: 'mmpretrain.TIMMBackbone',
    drops: [{ drop: 'norm.*', because: 'last normalisation, which timm leaves out of feature maps' }],
    refuses: [
      {
        when: ({ classPosition }) => classPosition === true,
        because:
          "has a position embedding for its class token, which timm's class expects as part of the class token: a conversion never computes",
        instead:
          'Convert the file that timm publishes instead, such as hf://timm/vit_base_patch14_reg4_dinov2.lvd142m/model.safetensors: it contains the sum.',
      },
    ],
    prefix: '',
    section: 'state_dict',
  },
  regnet: {
    class: 'mmpretrain.TIMMBackbone',
    code: 'open-mmlab/mmpretrain mmpretrain/models/backbones/timm_backbone.py; timm/models/regnet.py',
    spelling: 'mmpretrain.TIMMBackbone',
    prefix: '',
    section: 'state_dict',
  },
}
