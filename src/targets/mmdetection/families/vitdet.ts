/** MMDetection 3.x's projects/ViTDet: a plain ViT with windows, and a pyramid from its last map. */
import { UnsupportedError } from '../../../errors.ts'
import { Noted, type PyDict, PyTuple } from '../python.ts'
import { type Backbone, type Context, inputs } from './backbone.ts'
import { factsOf, imageSize, type VitFacts } from './vit.ts'

const LN2D: PyDict = { type: 'LN2d', requires_grad: true }

/** By width, from detectron2's projects/ViTDet. */
function sizeOf(dims: number): { decay: number; dropPath: number } {
  if (dims >= 1280) return { decay: 0.9, dropPath: 0.5 }
  return dims >= 1024 ? { decay: 0.8, dropPath: 0.4 } : { decay: 0.7, dropPath: 0.1 }
}

/** @throws UnsupportedError for networks that projects/ViTDet has no config for, or cannot build */
export function vitdet(context: Context): Backbone {
  const facts = factsOf(context)
  refuse(context, facts)
  const { dims, depth, heads, classToken, qkvBias, channels, patch } = facts
  const { dropPath, decay } = sizeOf(dims)
  const pretraining = imageSize(facts)
  return {
    settings: {
      _delete_: true,
      type: 'ViT',
      img_size: 1024,
      patch_size: patch,
      ...inputs('in_chans', channels),
      embed_dim: dims,
      depth,
      num_heads: heads,
      drop_path_rate: dropPath,
      window_size: 14,
      mlp_ratio: 4,
      qkv_bias: qkvBias,
      norm_cfg: new Noted(
        { type: 'LN', requires_grad: true },
        "Pre-trainings use eps=1e-6. MMDetection's own config leaves it at 1e-5, and its AP is with that.",
      ),
      window_block_indexes: new Noted(windowed(depth), 'All blocks except four only attend within windows.'),
      use_rel_pos: new Noted(true, 'Relative positions start at zero: no pre-training has them.'),
      ...(pretraining === 224
        ? {}
        : {
            pretrain_img_size: new Noted(pretraining, `The pre-training has ${facts.positions} positions.`),
          }),
      ...(classToken ? {} : { pretrain_use_cls_token: false }),
    },
    imports: 'projects.ViTDet.vitdet',
    maps: {
      kind: 'own neck',
      neck: {
        _delete_: true,
        type: 'SimpleFPN',
        backbone_channel: dims,
        in_channels: [dims / 4, dims / 2, dims, dims],
        out_channels: 256,
        num_outs: 5,
        norm_cfg: LN2D,
      },
    },
    optimiser: {
      kind: 'as the base',
      rate: 0.0001,
      changes:
        depth === 12 && decay === 0.7 ? {} : { paramwise_cfg: { decay_rate: decay, num_layers: depth } },
    },
    model: { rpn_head: { num_convs: 2 } },
    more: {
      custom_hooks: new Noted(
        [{ type: 'Fp16CompresssionHook' }],
        "Halves the traffic between GPUs. The three s are MMDetection's spelling.",
      ),
    },
  }
}

/** Normalises the heads, and pads images to one size. */
export const VITDET_HEADS = {
  preprocessor: {
    pad_size_divisor: 32,
    batch_augments: [{ type: 'BatchFixedSizePad', size: new PyTuple(1024, 1024), pad_mask: true }],
  },
  box: { type: 'Shared4Conv1FCBBoxHead', conv_out_channels: 256, norm_cfg: LN2D },
  mask: { norm_cfg: LN2D },
} as const

/** Four evenly spaced blocks see the whole image: the last one of each quarter. */
function windowed(depth: number): number[] {
  return Array.from({ length: depth }, (_, index) => index).filter(index => (index + 1) % (depth / 4) !== 0)
}

function refuse(
  { mmdet, detector, architecture, schedule }: Context,
  { patch, layerScale, swiglu }: VitFacts,
): void {
  if (mmdet === '2')
    throw new UnsupportedError('MMDetection 2.x has no ViTDet.', [
      { use: [{ mmdet: '3' }] },
      "Or convert the original checkpoint for the default target: MMClassification's ViT works with 2.x.",
    ])
  if (detector !== 'mask-rcnn' || schedule !== 'lsj-100e')
    throw new UnsupportedError(
      `projects/ViTDet trains Mask R-CNN with the schedule lsj-100e, not ${detector} with ${schedule}.`,
      [{ leaveOut: 'detector' }, { leaveOut: 'schedule' }],
    )
  if (layerScale || swiglu)
    throw new UnsupportedError(
      `ViTDet has no ${layerScale ? 'LayerScale' : 'SwiGLU layers'}, which this ${architecture.title} has.`,
      [{ use: [{ target: 'mmdetection' }] }],
    )
  if (patch !== 16)
    throw new UnsupportedError(
      `ViTDet's pyramid is made for patches of 16 pixels; this ${architecture.title} has ${patch}.`,
      [{ use: [{ target: 'mmdetection' }] }],
    )
}
