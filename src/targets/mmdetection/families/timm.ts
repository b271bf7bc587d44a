/** Networks that MMPretrain only has through timm: Vision Transformers with registers, and RegNetY. */
import { UnsupportedError } from '../../../errors.ts'
import { Noted } from '../python.ts'
import { type Backbone, type Context, mmpretrain, notIn2, outIndices } from './backbone.ts'
import { layerDecay, SINGLE_MAP, sizeOf } from './plain.ts'

const NEEDS_TIMM = 'The class is a wrapper: timm has to be installed.'

/** timm's names for DINOv2's networks with registers, by ours. */
const WITH_REGISTERS: Readonly<Record<string, string>> = {
  'vit-small-reg': 'vit_small_patch14_reg4_dinov2',
  'vit-base-reg': 'vit_base_patch14_reg4_dinov2',
  'vit-large-reg': 'vit_large_patch14_reg4_dinov2',
  'vit-giant2-reg': 'vit_giant_patch14_reg4_dinov2',
}

interface RegistersFacts {
  readonly dims: number
  readonly depth: number
  readonly patch: number
  readonly registers: number
  readonly positions: number
}

/** @throws UnsupportedError in MMDetection 2.x, and for networks other than DINOv2's */
export function vitRegisters(context: Context): Backbone {
  const { architecture, mmdet } = context
  const { dims, depth, patch, registers, positions } = architecture.facts as unknown as RegistersFacts
  if (mmdet === '2') throw notIn2(context, 'the timm that it supports has no registers')
  if (patch !== 14 || registers !== 4)
    throw new UnsupportedError(
      `timm's networks with registers have 4, and patches of 14 pixels; this one has ${registers}, and patches of ${patch}.`,
      'Write the config by hand.',
    )
  const { decay } = sizeOf(dims)
  const { type, imports } = mmpretrain(context, 'TIMMBackbone')
  return {
    settings: {
      _delete_: true,
      type,
      model_name: WITH_REGISTERS[architecture.name]!,
      features_only: true,
      img_size: patch * Math.round(Math.sqrt(positions)),
      dynamic_img_size: new Noted(true, "Without it, timm only accepts images of the pre-training's size."),
      out_indices: new Noted([depth - 1], 'The last layer.'),
    },
    imports,
    maps: { kind: 'single', channels: dims, stride: patch },
    optimiser: layerDecay(decay, depth, 'backbone.timm_model.model.blocks', 'norm'),
    remarks: [SINGLE_MAP, NEEDS_TIMM],
  }
}

/** Trained like ResNets: SGD, and trainable BatchNorm. */
export function regnet(context: Context): Backbone {
  const { architecture, mmdet } = context
  const { widths } = architecture.facts as unknown as { widths: readonly number[] }
  const { type, imports } = mmpretrain(context, 'TIMMBackbone')
  const stages = outIndices(context)
  return {
    settings: {
      _delete_: true,
      type,
      model_name: architecture.name,
      features_only: true,
      out_indices: new Noted(
        stages.map(stage => stage + 1),
        'The stem is 0.',
      ),
    },
    imports,
    maps: { kind: 'pyramid', channels: stages.map(stage => widths[stage]!) },
    optimiser: { kind: 'SGD' },
    ...(mmdet === '3'
      ? {
          more: {
            sync_bn: new Noted(
              'torch',
              'BatchNorm uses the images of all GPUs, as in the configs for ResNets.',
            ),
          },
        }
      : {}),
    remarks: [NEEDS_TIMM],
  }
}
