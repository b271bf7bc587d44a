/** The names in MMDetection 2.x and 3.x, from their configs/ folders (v2.27.0 and v3.3.0). */

/** The major version of MMDetection, as in `--mmdet`. */
export type Generation = '2' | '3'

/** The generations of MMDetection that a config can be written for. */
export const GENERATIONS = {
  '2': { title: 'MMDetection 2.x' },
  '3': { title: 'MMDetection 3.x' },
} as const satisfies Record<Generation, { title: string }>

/** In configs/_base_ of both generations. */
export const SHARED_BASES = {
  instance: 'datasets/coco_instance.py',
  detection: 'datasets/coco_detection.py',
  runtime: 'default_runtime.py',
} as const

/** The length of training, as in `--schedule`: a key of `SCHEDULES`. */
export type Schedule = '1x' | '2x' | 'ms-2x' | 'ms-3x' | 'lsj-3x' | 'lsj-100e'

/** The sizes that training images are scaled to. */
export type Sizes = 'one' | 'range' | 'six' | 'detr' | 'lsj'

/** The facts of a schedule. */
export interface ScheduleFacts {
  readonly about: string
  /** In configs/_base_; undefined if there is no base file. */
  readonly base?: string
  readonly epochs: number
  /** The learning rate drops to a tenth at these epochs. */
  readonly drops: readonly [number, number]
  readonly sizes: Sizes
  /** The GPUs, and images per GPU, in the schedule's own config. */
  readonly gpus: number
  readonly perGpu: number
  /** Mixed precision, for networks trained with AdamW. */
  readonly amp: boolean
}

const ONCE = 'schedules/schedule_1x.py'
const USUAL = { gpus: 8, perGpu: 2, amp: false } as const

/** `ms`: training images of many sizes; `lsj`: scaled to 0.1 to 2 times 1024 pixels, and cropped. */
export const SCHEDULES = {
  '1x': { about: '12 epochs', base: ONCE, epochs: 12, drops: [8, 11], sizes: 'one', ...USUAL },
  '2x': {
    about: '24 epochs',
    base: 'schedules/schedule_2x.py',
    epochs: 24,
    drops: [16, 22],
    sizes: 'one',
    ...USUAL,
  },
  'ms-2x': {
    about: '24 epochs, multi-scale images',
    base: 'schedules/schedule_2x.py',
    epochs: 24,
    drops: [16, 22],
    sizes: 'range',
    ...USUAL,
  },
  'ms-3x': {
    about: '36 epochs, multi-scale images and crops, as in DETR',
    base: ONCE,
    epochs: 36,
    drops: [27, 33],
    sizes: 'detr',
    ...USUAL,
    amp: true,
  },
  'lsj-3x': {
    about: '36 epochs, large-scale jitter',
    base: ONCE,
    epochs: 36,
    drops: [27, 33],
    sizes: 'lsj',
    gpus: 8,
    perGpu: 4,
    amp: true,
  },
  'lsj-100e': {
    about: '100 epochs, large-scale jitter; ViTDet only',
    epochs: 100,
    drops: [88, 96],
    sizes: 'lsj',
    gpus: 16,
    perGpu: 4,
    amp: true,
  },
} as const satisfies Record<Schedule, ScheduleFacts>

/** The images per step in the base schedules: 8 GPUs with 2 each. Learning rates are given for these. */
export const BASE_BATCH = { gpus: 8, perGpu: 2 } as const

/** The bases' normalisation: ImageNet's mean and standard deviation, for pixels from 0 to 255, as RGB. */
export const BASE_NORMALISATION = {
  mean: [123.675, 116.28, 103.53],
  std: [58.395, 57.12, 57.375],
  order: 'rgb',
} as const
