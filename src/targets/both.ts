/** One file for MMDetection's classes and for projects/ViTDet, which read different keys of it. */
import { mmdetection } from './mmdetection/index.ts'
import { type Target, together } from './target.ts'
import { vitdet } from './vitdet.ts'

export const both: Target = together('both', 'MMDetection and its projects/ViTDet in one file', [
  mmdetection,
  vitdet,
])
