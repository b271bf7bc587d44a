/** The plain ViT in MMDetection's projects/ViTDet (MMDetection 3.x), which uses timm's and MAE's names. */
import type { UseOptions } from '../errors.ts'
import { NO_CLASS_POSITION, type Target } from './target.ts'

/** Its class supports both. */
const MMPRETRAIN: UseOptions = {
  say: 'mmpretrain.VisionTransformer has it: use',
  use: [{ target: 'mmdetection' }],
}

export const vitdet: Target = {
  name: 'vitdet',
  title: "MMDetection's projects/ViTDet",
  homes: {
    vit: {
      class: 'ViT',
      code: 'open-mmlab/mmdetection projects/ViTDet/vitdet/vit.py',
      spelling: 'timm',
      // Its position embedding keeps the row of the class token (pretrain_use_cls_token=True).
      drops: [
        { drop: 'cls_token', because: 'class token: ViTDet has none' },
        { drop: 'norm.*', because: 'last normalisation: ViTDet has none' },
      ],
      refuses: [
        NO_CLASS_POSITION,
        {
          when: ({ layerScale }) => layerScale === true,
          because:
            'has LayerScale, which ViTDet does not have; folding it into the weights would change them',
          instead: [MMPRETRAIN],
        },
        {
          when: ({ swiglu }) => swiglu === true,
          because: 'has SwiGLU feed-forward layers, which ViTDet does not have',
          instead: [MMPRETRAIN],
        },
      ],
      prefix: '',
      section: 'model',
      makes: ['*.attn.rel_pos_h', '*.attn.rel_pos_w'],
      resizes: 'the position embedding, where images are of another size than in pre-training',
    },
  },
}
