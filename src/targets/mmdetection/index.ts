/** MMDetection as a target. */
import type { Target } from '../target.ts'
import { HOMES } from './homes.ts'
import { mapsOf, neck, PRETRAINED_DETECTORS } from './parts/index.ts'

export const mmdetection: Target = {
  name: 'mmdetection',
  title: 'MMDetection and MMPretrain',
  homes: HOMES,
  detectors: { known: PRETRAINED_DETECTORS, neck, mapsOf },
}
