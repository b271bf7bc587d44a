/** EVA-02, which only exists in MMPretrain. */
import { Noted, type PyDict } from '../python.ts'
import { type Backbone, type Context, inputs, mmpretrain, notIn2 } from './backbone.ts'
import { layerDecay, SINGLE_MAP, sizeOf, UNTOLD } from './plain.ts'

interface Eva02Facts {
  readonly dims: number
  readonly depth: number
  readonly patch: number
  readonly positions: number
  readonly channels: number
  readonly innerNorm: boolean
  readonly finalNorm: boolean
}

/** @throws UnsupportedError in MMDetection 2.x */
export function eva02(context: Context): Backbone {
  const { architecture, mmdet, method } = context
  if (mmdet === '2') throw notIn2(context)
  const facts = architecture.facts as unknown as Eva02Facts
  const { dims, depth, patch, positions } = facts
  const { decay, dropPath } = sizeOf(dims)
  const { type, imports } = mmpretrain(context, 'ViTEVA02')
  const size = patch * Math.round(Math.sqrt(positions - 1))
  return {
    settings: {
      _delete_: true,
      type,
      arch: architecture.name.replace('eva02-', ''),
      img_size: new Noted(
        size,
        "As in the pre-training: with this size, the rotary positions are loaded from the checkpoint. For any other size, the class computes them, but not in the same way as EVA-02's own code.",
      ),
      patch_size: patch,
      ...inputs('in_channels', facts.channels),
      out_indices: new Noted([depth - 1], 'The last layer.'),
      ...innerNorm(facts),
      norm_cfg: new Noted({ type: 'LN', eps: 0.000001 }, "As in EVA-02's own code; the default is 1e-5."),
      drop_path_rate: dropPath,
      final_norm: facts.finalNorm,
      out_type: 'featmap',
    },
    imports,
    maps: { kind: 'single', channels: dims, stride: patch },
    optimiser: layerDecay(decay, depth, 'backbone.layers', 'norm'),
    frozen: {
      most: depth,
      about: '0 and -1 freeze nothing; n freezes the patch embedding, the positions and n layers.',
    },
    fixedSize: size,
    remarks: [
      SINGLE_MAP,
      `MMPretrain's class only has EVA-02's rotary positions for images of ${size} x ${size}: good enough for trying it out, not for good results.`,
      ...(UNTOLD.includes(method.name)
        ? [
            "The file does not show how its images were normalised. These are ImageNet's values. EVA-02's own files have CLIP's mean and std: write the config of such a file with 'config eva-02'.",
          ]
        : []),
    ],
  }
}

function innerNorm({ innerNorm }: Eva02Facts): PyDict {
  return innerNorm
    ? { sub_ln: new Noted(true, 'B and L have a normalisation inside their feed-forward layers.') }
    : {}
}
