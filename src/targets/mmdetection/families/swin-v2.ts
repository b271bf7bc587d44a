/** Swin Transformer V2, which only exists in MMPretrain (MMClassification in 2.x). */
import { Noted, type PyDict } from '../python.ts'
import { type Backbone, type Context, inputs, mmpretrain, outIndices, pyramid } from './backbone.ts'
import { swinDropPath, swinOptimiser } from './swin.ts'

interface SwinV2Facts {
  readonly dims: number
  readonly channels: number
}

/** By method: SimMIM trained at 192 pixels, where the last stage has a width of 6. */
const WINDOWS: Readonly<Record<string, { readonly windows: readonly number[]; readonly size: number }>> = {
  simmim: { windows: [12, 12, 12, 6], size: 192 },
}

export function swinV2(context: Context): Backbone {
  const { type, imports } = mmpretrain(context, 'SwinTransformerV2')
  const { dims, channels } = context.architecture.facts as unknown as SwinV2Facts
  return {
    settings: {
      _delete_: true,
      type,
      arch: context.architecture.name.replace('swin-v2-', ''),
      ...windows(context),
      ...inputs('in_channels', channels),
      drop_path_rate: swinDropPath(dims),
      out_indices: outIndices(context),
      pad_small_map: new Noted(
        true,
        'Maps that are smaller than a window are padded, as detection needs it.',
      ),
    },
    imports,
    maps: pyramid(context, dims),
    optimiser: swinOptimiser('cpb_mlp', 'logit_scale'),
    frozen: {
      most: 3,
      about:
        '0 freezes the patch embedding and the first stage: one more than in other Swins; -1 freezes nothing.',
    },
  }
}

function windows({ method }: Context): PyDict {
  const known = WINDOWS[method.name]
  return {
    img_size: known?.size ?? 256,
    window_size: new Noted(
      known?.windows ?? [8, 8, 8, 8],
      known
        ? `The window sizes of ${method.title}'s pre-training.`
        : 'The tensors do not show the window size of the pre-training. Set yours: Swin V2 has 8 for images of 256 pixels, 16 for another set of files.',
    ),
  }
}
