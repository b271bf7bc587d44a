/** Common settings for training detectors on self-supervised backbones. They differ in where BatchNorm is trained. */

export type Recipe = 'mmdet' | 'moco' | 'mmselfsup'

export interface RecipeFacts {
  readonly about: string
  readonly source: string
  readonly frozenStages: number
  /** Normalisation layers outside the backbone. */
  readonly syncNeck: boolean
  readonly syncHeads: boolean
  /** Whether training images are scaled to one of six sizes in every schedule. */
  readonly sixScales: boolean
  /** Iterations of learning rate warm-up, if different from the base. */
  readonly warmUp?: number
}

/** Recipes for configs, with their sources. */
export const RECIPES: Readonly<Record<Recipe, RecipeFacts>> = {
  mmdet: {
    about: "MMDetection's own: BatchNorm is trained in the backbone",
    source: 'mmdetection configs/selfsup_pretrain',
    frozenStages: 0,
    syncNeck: false,
    syncHeads: false,
    sixScales: false,
  },
  moco: {
    about: "MoCo's: BatchNorm is trained in the backbone and the FPN",
    source: 'https://github.com/facebookresearch/moco/issues/34, moco/detection/configs (FREEZE_AT: 0)',
    frozenStages: -1,
    syncNeck: true,
    syncHeads: false,
    sixScales: false,
  },
  mmselfsup: {
    about: "MMSelfSup's: BatchNorm is trained everywhere, a box head of 4 convs",
    source: 'mmselfsup configs/benchmarks/mmdetection/coco/mask-rcnn_r50_fpn_ms-1x_coco.py',
    frozenStages: -1,
    syncNeck: true,
    syncHeads: true,
    sixScales: true,
    // mask-rcnn_r50_fpn_ms-2x_coco.py
    warmUp: 1000,
  },
}

interface Reported {
  readonly box: number
  readonly mask: number
  /** Who reports it, if not MMDetection. */
  readonly by?: string
  /** A difference in settings; follows "with". */
  readonly with?: string
}

const LABELS = 'a backbone trained with labels on ImageNet'

/**
 * Box and mask AP on COCO val2017 for configs that MMDetection ships (configs/selfsup_pretrain, swin, convnext; projects/ViTDet,
 * ConvNeXt-V2) and others with their authors' settings. By method (if specific to one), architecture and schedule.
 */
export const REPORTED: Readonly<Record<string, Reported>> = {
  'moco resnet50 1x': { box: 38.0, mask: 34.3 },
  'moco resnet50 ms-2x': { box: 40.8, mask: 36.8 },
  'swav resnet50 1x': { box: 39.1, mask: 35.7 },
  'swav resnet50 ms-2x': { box: 41.3, mask: 37.3 },
  'mae vit-base lsj-100e': { box: 51.6, mask: 45.7 },
  'moby swin-tiny 1x': {
    box: 43.6,
    mask: 39.6,
    by: "MoBY's authors report",
    with: 'images of many sizes',
  },
  'moby swin-tiny ms-3x': { box: 46.0, mask: 41.7, by: "MoBY's authors report" },
  'swin-tiny 1x': { box: 42.7, mask: 39.3, with: LABELS },
  'swin-tiny ms-3x': { box: 46.0, mask: 41.7, with: LABELS },
  'swin-small ms-3x': { box: 48.2, mask: 43.2, with: LABELS },
  'convnext-tiny ms-3x': { box: 46.2, mask: 41.7, with: LABELS },
  'convnext-base lsj-3x': {
    box: 52.9,
    mask: 46.4,
    with: 'a ConvNeXt-B V2 that was trained with FCMAE and then with labels',
  },
}
