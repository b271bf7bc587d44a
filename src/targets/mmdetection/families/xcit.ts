/** XCiT, which only exists in MMPretrain. */
import { Noted } from '../python.ts'
import { type Backbone, type Context, notIn2, undecayed } from './backbone.ts'
import { SINGLE_MAP } from './plain.ts'

interface XcitFacts {
  readonly dims: number
  readonly depth: number
  readonly heads: number
  readonly patch: number
}

/** @throws UnsupportedError in MMDetection 2.x */
export function xcit(context: Context): Backbone {
  const { architecture, mmdet } = context
  if (mmdet === '2') throw notIn2(context)
  const { dims, depth, heads, patch } = architecture.facts as unknown as XcitFacts
  return {
    settings: {
      _delete_: true,
      type: 'mmpretrain.XCiT',
      patch_size: patch,
      embed_dims: dims,
      depth,
      num_heads: heads,
      mlp_ratio: 4,
      qkv_bias: true,
      tokens_norm: true,
      layer_scale_init_value: depth === 12 ? 1 : 0.00001,
      drop_path_rate: 0.05,
      out_type: 'featmap',
      out_indices: new Noted(
        [depth - 1],
        'The last layer before the class attention; detection does not use that.',
      ),
    },
    imports: 'mmpretrain.models',
    maps: { kind: 'single', channels: dims, stride: patch },
    optimiser: {
      kind: 'AdamW',
      rate: 0.0001,
      weightDecay: 0.05,
      paramwise: new Noted(undecayed('norm', 'gamma', 'temperature'), 'No weight decay on these.'),
    },
    frozen: {
      most: depth,
      about: '0 freezes the patch embedding; n freezes n - 1 layers too; -1 freezes nothing.',
    },
    unused:
      'The class attention does not contribute to the loss: without this, training on several GPUs stops.',
    remarks: [SINGLE_MAP],
  }
}
