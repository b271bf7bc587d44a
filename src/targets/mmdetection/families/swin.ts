/** Swin Transformers, which both versions of MMDetection have a class for. */
import { Noted, type Py, type PyDict, PyTuple } from '../python.ts'
import {
  type AdamW,
  type Backbone,
  type Context,
  inputs,
  outIndices,
  pyramid,
  undecayed,
} from './backbone.ts'

interface SwinFacts {
  readonly dims: number
  readonly depths: readonly number[]
  readonly heads: readonly number[]
  readonly windows: readonly number[]
  readonly channels: number
}

/** mmdetection configs/swin (T, S); larger ones as in Swin Transformer's own detection code. */
export function swinDropPath(dims: number): number {
  return dims > 96 ? 0.3 : 0.2
}

/** The optimizer of MMDetection's Swin configs. */
export function swinOptimiser(...more: readonly string[]): AdamW {
  return {
    kind: 'AdamW',
    rate: 0.0001,
    weightDecay: 0.05,
    paramwise: new Noted(
      undecayed('absolute_pos_embed', 'relative_position_bias_table', 'norm', ...more),
      "No weight decay on positions and normalisation layers, as in Swin Transformer's own code.",
    ),
  }
}

export function swin(context: Context): Backbone {
  const { dims, depths, heads, windows, channels } = context.architecture.facts as unknown as SwinFacts
  return {
    settings: {
      _delete_: true,
      type: 'SwinTransformer',
      ...inputs('in_channels', channels),
      embed_dims: dims,
      depths,
      num_heads: heads,
      window_size: windowSetting(windows),
      mlp_ratio: 4,
      qkv_bias: true,
      qk_scale: null,
      drop_rate: 0,
      attn_drop_rate: 0,
      drop_path_rate: dropPath(context, dims),
      patch_norm: true,
      out_indices: new PyTuple(...outIndices(context)),
      with_cp: false,
      convert_weights: new Noted(false, "The checkpoint already has MMDetection's names."),
    },
    maps: pyramid(context, dims),
    optimiser: swinOptimiser(),
    frozen: { most: 4, about: '0 freezes the patch embedding; -1 freezes nothing.' },
  }
}

/** MoBY's authors fine-tune with less in 12 epochs (Transformer-SSL README). */
function dropPath({ method, schedule }: Context, dims: number): Py | Noted {
  return method.name === 'moby' && schedule === '1x'
    ? new Noted(0.1, "MoBY's, for 12 epochs.")
    : swinDropPath(dims)
}

function windowSetting(windows: readonly number[]): PyDict[string] {
  const window = Math.max(...windows)
  if (window === 7) return window
  return new Noted(
    window,
    windows.every(each => each === window)
      ? 'The window size of the pre-training: its tables of relative positions are loaded as they are.'
      : `The window size of the pre-training, which was ${Math.min(...windows)} where its maps were smaller: MMDetection resizes those tables (bicubic) as it loads them.`,
  )
}
