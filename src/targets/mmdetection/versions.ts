/** What MMDetection 2.x and 3.x call things: facts of their configs/ folders (v2.27.0 and v3.3.0). */

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

/** For how long to train, as in `--schedule`: a key of `SCHEDULES`. */
export type Schedule = '1x' | '2x' | 'ms-2x'

/** `ms`: training images of many sizes. Learning rates drop after epochs 8 and 11, or 16 and 22. */
export const SCHEDULES = {
  '1x': { base: 'schedules/schedule_1x.py', multiScale: false },
  '2x': { base: 'schedules/schedule_2x.py', multiScale: false },
  'ms-2x': { base: 'schedules/schedule_2x.py', multiScale: true },
} as const satisfies Record<Schedule, { base: string; multiScale: boolean }>

/** Images that a step of the base schedules takes: 8 GPUs with 2 each. Learning rates are given for these. */
export const BASE_BATCH = { gpus: 8, perGpu: 2 } as const

/** What the bases have: ImageNet's mean and standard deviation, for pixels from 0 to 255, as RGB. */
export const BASE_NORMALISATION = {
  mean: [123.675, 116.28, 103.53],
  std: [58.395, 57.12, 57.375],
  order: 'rgb',
} as const
