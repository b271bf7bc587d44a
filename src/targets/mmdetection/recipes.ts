/** How the field trains detectors on self-supervised backbones. The three differ in where BatchNorm learns. */

export type Recipe = 'mmdet' | 'moco' | 'mmselfsup'

export interface RecipeFacts {
  readonly about: string
  readonly source: string
  readonly frozenStages: number
  /** Normalisation layers beside those of the backbone. */
  readonly syncNeck: boolean
  readonly syncHeads: boolean
  /** Training images are scaled to one of six sizes, whatever the schedule. */
  readonly sixScales: boolean
}

/** Whose settings a config can have, and where they are from. */
export const RECIPES: Readonly<Record<Recipe, RecipeFacts>> = {
  mmdet: {
    about: "MMDetection's own: BatchNorm learns in the backbone",
    source: 'mmdetection configs/selfsup_pretrain',
    frozenStages: 0,
    syncNeck: false,
    syncHeads: false,
    sixScales: false,
  },
  moco: {
    about: "MoCo's: BatchNorm learns in the backbone and the FPN",
    source: 'https://github.com/facebookresearch/moco/issues/34, moco/detection/configs (FREEZE_AT: 0)',
    frozenStages: -1,
    syncNeck: true,
    syncHeads: false,
    sixScales: false,
  },
  mmselfsup: {
    about: "MMSelfSup's: BatchNorm learns everywhere, a box head of 4 convs",
    source: 'mmselfsup configs/benchmarks/mmdetection/coco/mask-rcnn_r50_fpn_ms-1x_coco.py',
    frozenStages: -1,
    syncNeck: true,
    syncHeads: true,
    sixScales: true,
  },
}

/** Box and mask AP on COCO val2017 of the configs that MMDetection ships (configs/selfsup_pretrain/README.md). */
export const REPORTED: Readonly<Record<string, { box: number; mask: number }>> = {
  'moco 1x': { box: 38.0, mask: 34.3 },
  'moco ms-2x': { box: 40.8, mask: 36.8 },
  'swav 1x': { box: 39.1, mask: 35.7 },
  'swav ms-2x': { box: 41.3, mask: 37.3 },
}
