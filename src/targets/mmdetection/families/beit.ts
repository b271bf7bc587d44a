/** BEiT, which only exists in MMPretrain, for images of one size. */
import { Noted, type PyDict } from '../python.ts'
import { type Backbone, type Context, inputs, mmpretrain, notIn2 } from './backbone.ts'
import { layerDecay, SINGLE_MAP, sizeOf, UNTOLD } from './plain.ts'

const UNTOLD_NORMALISATION =
  "The file does not show how its images were normalised. These are ImageNet's values, as in BEiT v2, data2vec and SimMIM. BEiT on ImageNet-22k has a mean and std of 0.5: write the config of such a file with 'config beit'."

interface BeitFacts {
  readonly dims: number
  readonly depth: number
  readonly heads: number
  readonly hidden: number
  readonly patch: number
  readonly channels: number
  readonly tableRows: number
  readonly sharedPositions: boolean
  readonly layerScale: boolean
  readonly finalNorm: boolean
  readonly positions: number
}

/** MMPretrain's `small` has a width of 768 and 8 blocks. */
function archOf({ name, facts }: Context['architecture']): PyDict[string] {
  const { dims, depth, heads, hidden } = facts as unknown as BeitFacts
  return name === 'beit-small'
    ? { embed_dims: dims, num_layers: depth, num_heads: heads, feedforward_channels: hidden }
    : name.replace('beit-', '')
}

/** @throws UnsupportedError in MMDetection 2.x */
export function beit(context: Context): Backbone {
  const { architecture, mmdet } = context
  if (mmdet === '2') throw notIn2(context)
  const facts = architecture.facts as unknown as BeitFacts
  const { dims, depth, patch, sharedPositions } = facts
  const { decay, dropPath } = sizeOf(dims)
  const size = (patch * (Math.sqrt(facts.tableRows - 3) + 1)) / 2
  return {
    settings: {
      _delete_: true,
      ...classOf(context),
      arch: archOf(architecture),
      img_size: new Noted(
        size,
        `As in the pre-training. The relative positions only fit images of this size. For a larger size, set it here and in image_size: MMPretrain resizes the tables, which requires SciPy older than 1.14.`,
      ),
      patch_size: patch,
      ...inputs('in_channels', facts.channels),
      out_indices: [depth - 1],
      drop_path_rate: dropPath,
      out_type: 'featmap',
      final_norm: facts.finalNorm,
      ...(facts.positions > 0 ? { use_abs_pos_emb: true } : {}),
      use_rel_pos_bias: !sharedPositions,
      use_shared_rel_pos_bias: new Noted(
        sharedPositions,
        sharedPositions ? 'One table for all layers, as in the pre-training.' : 'A table for each layer.',
      ),
      layer_scale_init_value: facts.layerScale
        ? new Noted(0.1, "With 0, the checkpoint's layer scales would be ignored.")
        : 0,
    },
    imports: 'mmpretrain.models',
    maps: { kind: 'single', channels: dims, stride: patch },
    optimiser: layerDecay(decay, depth, 'backbone.layers', 'ln'),
    frozen: { most: depth, about: '0 and -1 freeze nothing; n freezes the patch embedding and n layers.' },
    fixedSize: size,
    remarks: [
      SINGLE_MAP,
      ...(UNTOLD.includes(context.method.name) ? [UNTOLD_NORMALISATION] : []),
      `BEiT only takes images of a fixed size, here ${size} x ${size}: good enough for trying it out, not for good results.`,
    ],
  }
}

function classOf(context: Context) {
  return { type: mmpretrain(context, 'BEiTViT').type }
}
