/** What both versions of Swin share: their structure, and the differences between code bases. */
import type { NamingRule, Reordering } from '../rename/naming.ts'
import { affine, LAST_STAGE, type Look, type TensorSpec } from './family.ts'

export interface SwinSize {
  readonly name: string
  readonly title: string
  readonly dims: number
  readonly depths: readonly number[]
  readonly heads: readonly number[]
}

export const SWIN_STAGES = [0, 1, 2, 3] as const

/** What differs between the versions. */
interface SwinParts {
  readonly channels: number
  readonly finalNorm: boolean
  /** The layers after the patch embedding. */
  readonly positions?: readonly TensorSpec[]
  block(name: string, width: number, stage: (typeof SWIN_STAGES)[number]): readonly TensorSpec[]
  /** Channels of the normalisation at patch merging. */
  mergedNorm(width: number): number
}

/** All tensors, in the order of `state_dict()`. */
export function swinTensors({ dims, depths }: SwinSize, parts: SwinParts): readonly TensorSpec[] {
  return [
    ...affine('patch_embed.proj', [dims, parts.channels, 4, 4]),
    ...affine('patch_embed.norm', [dims]),
    ...(parts.positions ?? []),
    ...SWIN_STAGES.flatMap(stage => {
      const width = dims * 2 ** stage
      const blocks = Array.from({ length: depths[stage]! }, (_, index) =>
        parts.block(`layers.${stage}.blocks.${index}`, width, stage),
      )
      return [...blocks.flat(), ...(stage < 3 ? merging(`layers.${stage}.downsample`, width, parts) : [])]
    }),
    ...(parts.finalNorm ? affine('norm', [8 * dims]) : []),
  ]
}

function merging(name: string, width: number, { mergedNorm }: SwinParts): TensorSpec[] {
  return [
    ...affine(`${name}.reduction`, [2 * width, 4 * width], false),
    ...affine(`${name}.norm`, [mergedNorm(width)]),
  ]
}

export const SWIN_LOOK: Look = {
  firstLayer: 'patch_embed.proj.weight',
  stages: [
    [/^(layers\.\d+)\./, '$1'],
    [/^norm\./, LAST_STAGE],
  ],
  initial: 'small',
}

/**
 * MMDetection and MMPretrain merge patches with `nn.Unfold`, with the channels outside and the four pixels of a patch inside,
 * in column-major order; the authors concatenate four blocks of channels, in row-major order (mmdet/models/backbones/swin.py
 * swin_converter). From theirs to the authors'.
 */
export const MERGED_WEIGHT: Reordering = { split: [['*'], ['*', 2, 2]], order: [0, 3, 2, 1], merge: [1, 3] }

/** In timm, a stage begins with the merging that ends the previous stage in the authors' code. */
export const TIMM_MERGING: readonly NamingRule[] = [1, 2, 3].map(stage => ({
  keep: `layers.${stage}.downsample.*`,
  as: `layers.${stage - 1}.downsample.*`,
}))
