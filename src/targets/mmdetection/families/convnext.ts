/** ConvNeXt V1 and V2 from MMPretrain; for MMDetection 2.x, V1 from MMClassification. */
import { Noted, type PyDict } from '../python.ts'
import { type Backbone, type Context, inputs, mmpretrain, notIn2, outIndices, pyramid } from './backbone.ts'

interface ConvNeXtFacts {
  readonly dims: number
  readonly depths: readonly number[]
  readonly channels: number
  readonly layerScale: boolean
  readonly grn: boolean
}

/** By size: mmdetection configs/convnext (T, S), ConvNeXt's own object_detection (B, L, XL); V2: projects/ConvNeXt-V2 (B). */
const DROP_PATH: Readonly<Record<string, number>> = {
  small: 0.6,
  base: 0.7,
  large: 0.7,
  xlarge: 0.8,
  huge: 0.8,
}

/** @throws UnsupportedError for V2 in MMDetection 2.x */
export function convnext(context: Context): Backbone {
  const { type, imports } = mmpretrain(context, 'ConvNeXt')
  const { dims, depths, channels, layerScale, grn } = context.architecture.facts as unknown as ConvNeXtFacts
  const arch = context.architecture.name.replace('convnext-', '')
  refuseInMMClassification(context, arch, grn)
  return {
    settings: {
      _delete_: true,
      type,
      arch,
      ...inputs('in_channels', channels),
      out_indices: outIndices(context),
      drop_path_rate: grn ? 0.4 : (DROP_PATH[arch] ?? 0.4),
      layer_scale_init_value: layerScale
        ? new Noted(1, 'Any value except 0 creates the layer scales (gamma), which the checkpoint fills.')
        : new Noted(0, 'The checkpoint has no layer scales (gamma).'),
      gap_before_final_norm: false,
      ...(grn ? { use_grn: new Noted(true, 'V2 has global response normalisation.') } : {}),
    },
    imports,
    maps: pyramid(context, dims),
    optimiser: {
      kind: 'AdamW',
      rate: 0.0001,
      weightDecay: 0.05,
      constructor_: 'LearningRateDecayOptimizerConstructor',
      paramwise: new Noted(
        { decay_rate: 0.95, decay_type: 'layer_wise', num_layers: depths[2]! > 9 ? 12 : 6 },
        'Layer-wise decay: the earlier the layer, the lower its learning rate.',
      ),
    },
    frozen: { most: 4, about: '0 freezes nothing; n freezes the stem and n stages.' },
    ...(grn ? { model: softNms(context) } : {}),
  }
}

function refuseInMMClassification(context: Context, arch: string, grn: boolean): void {
  if (context.mmdet === '3') return
  if (!grn && ['tiny', 'small', 'base', 'large', 'xlarge'].includes(arch)) return
  throw notIn2(context, 'MMClassification, which it uses, only has ConvNeXt V1 from T to XL')
}

function softNms({ detector }: Context): PyDict {
  if (detector === 'retinanet') return {}
  return {
    test_cfg: new Noted(
      { rpn: { nms: { type: 'nms' } }, rcnn: { nms: { type: 'soft_nms' } } },
      'ConvNeXt V2 is evaluated with Soft-NMS.',
    ),
  }
}
