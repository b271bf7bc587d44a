/** MMDetection's detectors of which more than the backbone can be pretrained. */
import type { Architecture } from '../../../families/family.ts'
import type { DetectorKind } from '../../detector.ts'
import { backboneOf } from '../families/index.ts'
import { CONFIG_DEFAULTS } from '../settings.ts'
import { deformableDetr } from './deformable-detr.ts'
import { detr } from './detr.ts'
import { neck } from './neck.ts'
import { fcos, retinanet } from './one-stage.ts'
import { twoStage } from './two-stage.ts'

/** The first one with a matching spelling is used. */
export const PRETRAINED_DETECTORS: readonly DetectorKind[] = [deformableDetr, detr, fcos, retinanet, twoStage]

export { neck }

/** The channels of a backbone's four feature maps, as in configs; undefined if it has a single one. */
export function mapsOf(architecture: Architecture): readonly number[] | undefined {
  const { maps } = backboneOf({ ...CONFIG_DEFAULTS, architecture, method: { name: '', title: '' } })
  return maps.kind === 'pyramid' ? maps.channels : undefined
}
