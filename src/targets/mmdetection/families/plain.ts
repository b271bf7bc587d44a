/** Settings for all plain transformers: a single feature map, and layer-wise learning rate decay. */

import { Noted, PyCode, type PyDict } from '../python.ts'
import type { AdamW } from './backbone.ts'

/** Methods whose files do not show how they were trained. */
export const UNTOLD: readonly string[] = ['backbone', 'transformers', 'openmmlab', 'solo-learn']

/** By depth or width: iBOT's detection settings for S and B, ViTDet's (detectron2) for L and H. */
interface Size {
  readonly decay: number
  readonly dropPath: number
}

/** Fine-tuning settings of a plain transformer, by its number of channels. */
export function sizeOf(dims: number): Size {
  if (dims >= 1280) return { decay: 0.9, dropPath: 0.5 }
  if (dims >= 1024) return { decay: 0.8, dropPath: 0.4 }
  if (dims >= 768) return { decay: 0.75, dropPath: 0.2 }
  return { decay: 0.8, dropPath: 0.1 }
}

/**
 * MMDetection's own constructor only supports ConvNeXt, and MMPretrain's calls a method that detectors lack, so layer rates
 * are written as `custom_keys`; the longest key contained in a parameter's name wins.
 * @param layers the prefix of the blocks: `backbone.layers`
 * @param norms the beginning of normalisation layers' names in a block
 */
export function layerDecay(decay: number, depth: number, layers: string, norms: string): AdamW {
  const network = layers.slice(0, layers.lastIndexOf('.'))
  const ofLayer = `${decay}**(${depth} - i)`
  const first: PyDict = { lr_mult: new PyCode(`${decay}**${depth + 1}`), decay_mult: 0 }
  return {
    kind: 'AdamW',
    rate: 0.0001,
    weightDecay: 0.05,
    paramwise: new Noted(
      {
        custom_keys: new PyCode(
          [
            '{',
            entry(12, `'${network}.cls_token': dict(`, `${text(first)}),`),
            entry(12, `'${network}.pos_embed': dict(`, `${text(first)}),`),
            entry(12, `'${network}.patch_embed': dict(`, `lr_mult=${decay}**${depth + 1}),`),
            '            **{',
            entry(16, `f'${layers}.{i}.': dict(`, `lr_mult=${ofLayer})`),
            `                for i in range(${depth})`,
            '            },',
            '            **{',
            `                f'${layers}.{i}.${norms}': dict(`,
            `                    lr_mult=${ofLayer}, decay_mult=0)`,
            `                for i in range(${depth})`,
            '            },',
            '        }',
          ].join('\n'),
        ),
      },
      `Layer-wise decay: each layer has ${decay} times the learning rate of the next. MMDetection's own constructor for this only supports ConvNeXt.`,
    ),
  }
}

function text({ lr_mult, decay_mult }: PyDict): string {
  return `lr_mult=${(lr_mult as PyCode).text}, decay_mult=${decay_mult}`
}

/** On one line if it fits in 79 columns, otherwise on two. */
function entry(indent: number, start: string, rest: string): string {
  const [outer, inner] = [' '.repeat(indent), ' '.repeat(indent + 4)]
  const line = outer + start + rest
  return line.length <= 79 ? line : `${outer}${start}\n${inner}${rest}`
}

/** The remark for detectors with a single map. */
export const SINGLE_MAP =
  "A plain transformer outputs feature maps of one size, and MMDetection's necks cannot add maps of higher resolution. So this detector works on a single map, with anchors of all sizes: small objects suffer (arXiv:2203.16527, table 1)."
