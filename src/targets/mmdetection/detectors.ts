/** The detectors for configs: the ones whose base files exist in both versions. */

import { type Py, type PyDict, PyTuple } from './python.ts'
import type { Generation } from './versions.ts'

/** The name of a detector, as in `--detector`. */
export type Detector = 'mask-rcnn' | 'faster-rcnn' | 'retinanet' | 'cascade-mask-rcnn'

export interface DetectorFacts {
  readonly title: string
  /** In configs/_base_/models. */
  readonly base: Readonly<Record<Generation, string>>
  readonly masks: boolean
  /** For 16 images per step. */
  readonly learningRate: number
  /** Where the boxes are classified. */
  readonly boxes: 'roi_head' | 'roi_head, three stages' | 'bbox_head'
}

/** The detectors for configs, each with its learning rate for 16 images per step. */
export const DETECTORS: Readonly<Record<Detector, DetectorFacts>> = {
  'mask-rcnn': {
    title: 'Mask R-CNN',
    base: { '2': 'mask_rcnn_r50_fpn.py', '3': 'mask-rcnn_r50_fpn.py' },
    masks: true,
    learningRate: 0.02,
    boxes: 'roi_head',
  },
  'faster-rcnn': {
    title: 'Faster R-CNN',
    base: { '2': 'faster_rcnn_r50_fpn.py', '3': 'faster-rcnn_r50_fpn.py' },
    masks: false,
    learningRate: 0.02,
    boxes: 'roi_head',
  },
  retinanet: {
    title: 'RetinaNet',
    base: { '2': 'retinanet_r50_fpn.py', '3': 'retinanet_r50_fpn.py' },
    masks: false,
    learningRate: 0.01,
    boxes: 'bbox_head',
  },
  'cascade-mask-rcnn': {
    title: 'Cascade Mask R-CNN',
    base: { '2': 'cascade_mask_rcnn_r50_fpn.py', '3': 'cascade-mask-rcnn_r50_fpn.py' },
    masks: true,
    learningRate: 0.02,
    boxes: 'roi_head, three stages',
  },
}

/** Standard deviations of the box targets in Cascade R-CNN's stages (arXiv:1712.00726; same as in the base file). */
const CASCADE_STDS = [
  [0.1, 0.1, 0.2, 0.2],
  [0.05, 0.05, 0.1, 0.1],
  [0.033, 0.033, 0.067, 0.067],
] as const

/** A list in a config replaces the base's, so each stage is written completely, with `changes`. */
export function cascadeStages(changes: PyDict): readonly Py[] {
  return CASCADE_STDS.map(stds => ({
    type: 'Shared2FCBBoxHead',
    in_channels: 256,
    fc_out_channels: 1024,
    roi_feat_size: 7,
    num_classes: 80,
    bbox_coder: {
      type: 'DeltaXYWHBBoxCoder',
      target_means: [0, 0, 0, 0],
      target_stds: stds,
    },
    reg_class_agnostic: true,
    loss_cls: { type: 'CrossEntropyLoss', use_sigmoid: false, loss_weight: 1 },
    loss_bbox: { type: 'SmoothL1Loss', beta: 1, loss_weight: 1 },
    ...changes,
  }))
}

const shorter = (sides: readonly number[]) => sides.map(side => new PyTuple(1333, side))
const longer = (sides: readonly number[]) => sides.map(side => new PyTuple(side, 1333))

/** Ranges and choices of sizes for multi-scale training: longer side, shorter side; reversed for DETR. */
export const SCALES = {
  range: shorter([640, 800]),
  six: shorter([640, 672, 704, 736, 768, 800]),
  eleven: longer([480, 512, 544, 576, 608, 640, 672, 704, 736, 768, 800]),
  three: longer([400, 500, 600]),
} as const
