/** MMDetection as a target. */
import type { Target } from '../target.ts'
import { HOMES } from './homes.ts'

export const mmdetection: Target = {
  name: 'mmdetection',
  title: 'MMDetection, with MMPretrain where it has the class',
  homes: HOMES,
}
