/** The options of a config, and values derived from them that are used in several places. */

import type { Architecture, Facts } from '../../families/family.ts'
import type { Anew, DetectorKind } from '../detector.ts'
import type { Detector } from './detectors.ts'
import { factsFor, PRETRAINED } from './families/pretrained.ts'
import type { Recipe } from './recipes.ts'
import { BASE_BATCH, BASE_NORMALISATION, type Generation, type Schedule } from './versions.ts'

/** The choices for a config; `CONFIG_DEFAULTS` has the defaults. */
export interface ConfigChoices {
  /** Path or URL of the converted backbone for MMDetection, relative to where it is started. */
  readonly checkpoint: string
  /** The loader that the backbone was converted for. */
  readonly target: Loader
  readonly mmdet: Generation
  readonly schedule: Schedule
  readonly detector: Detector
  readonly recipe: Recipe
  /** −1 freezes nothing, 0 the stem, n also the first n stages or layers. By default, the recipe's. */
  readonly frozenStages?: number | undefined
  readonly gpus: number
  /** Images per GPU. */
  readonly batchSize: number
  /** Their number, or their names as in the annotations. */
  readonly classes: number | readonly string[]
  readonly dataRoot?: string | undefined
  /** Training images, for schedules that count iterations (ViTDet's). By default, as many as in COCO. */
  readonly images?: number | undefined
  /** The location of configs/_base_: a path relative to the config, or 'mmdet::' for the installed package (3.x). */
  readonly base: string
}

/** Everything that a config depends on. */
export interface ConfigSettings extends ConfigChoices {
  /** The normalisation of the images that the backbone was trained on; for pixels from 0 to 1. */
  readonly normalisation: PixelNormalisation
  readonly style: 'pytorch' | 'caffe'
  readonly architecture: Pick<Architecture, 'name' | 'title' | 'family' | 'facts'>
  readonly method: ConfigMethod
  /** For a checkpoint that contains more than a backbone. */
  readonly parts?: ConfigParts | undefined
}

/** The parts of a detector in a checkpoint besides the backbone. */
export interface ConfigParts {
  readonly detector: Pick<DetectorKind, 'name' | 'title'>
  readonly facts: Facts
  readonly anew: readonly Anew[]
}

/** The targets with configs. */
export type Loader = 'mmdetection' | 'vitdet'

/** The backbone's name: 'MoCo v2'; the key of its results: 'moco'; and the heads of its transformers, by width. */
export interface ConfigMethod {
  readonly name: string
  readonly title: string
  readonly heads?: Readonly<Record<number, number>> | undefined
  /** A sentence about the normalisation of its images. */
  readonly normalisationNote?: string | undefined
}

export interface PixelNormalisation {
  readonly mean: readonly number[]
  readonly std: readonly number[]
  readonly order: 'rgb' | 'bgr'
}

/** The defaults; for an architecture that is shipped with another schedule, that one and its images. */
export const CONFIG_DEFAULTS = {
  mmdet: '3',
  schedule: '1x',
  detector: 'mask-rcnn',
  recipe: 'mmdet',
  target: 'mmdetection',
  gpus: BASE_BATCH.gpus,
  batchSize: BASE_BATCH.perGpu,
  classes: 80,
  base: '../_base_',
} as const satisfies Partial<ConfigSettings>

/** The usual architecture of a method's backbones. */
export function usualArchitecture(method: string, target: Loader): string {
  return PRETRAINED[method]?.usual ?? (target === 'vitdet' ? 'vit-base' : 'resnet50')
}

/** An architecture as in a method's released files. */
export function asPretrained(method: string, architecture: Architecture): ConfigSettings['architecture'] {
  const { name, title, family } = architecture
  const facts = factsFor(method, name, architecture.facts)
  // Titles are for the usual variant.
  return { name, title: facts.grn === true ? title.replace('(V1)', '(V2)') : title, family, facts }
}

/** The schedule of MMDetection's config for an architecture; if there is none, 12 epochs. */
export function usualSchedule(
  { family, facts }: { readonly family: string; readonly facts: Facts },
  target: Loader,
  mmdet: Generation,
): Schedule {
  if (target === 'vitdet') return 'lsj-100e'
  if (family !== 'convnext') return CONFIG_DEFAULTS.schedule
  return facts.grn === true && mmdet === '3' ? 'lsj-3x' : 'ms-3x'
}

/** The location of the base files, relative to the config's usual place. */
export function usualBase(target: Loader): string {
  return target === 'vitdet' ? '../../../configs/_base_' : CONFIG_DEFAULTS.base
}

/** The number of classes. */
export function countOf({ classes }: Pick<ConfigSettings, 'classes'>): number {
  return typeof classes === 'number' ? classes : classes.length
}

/** Whether these are COCO's classes, like in the bases: the same number, without names. */
export function areCoco({ classes }: Pick<ConfigSettings, 'classes'>): boolean {
  return classes === CONFIG_DEFAULTS.classes
}

/** Images per step. */
export function imagesPerStep({ gpus, batchSize }: Pick<ConfigSettings, 'gpus' | 'batchSize'>): number {
  return gpus * batchSize
}

/**
 * In 2.x with PyTorch up to 1.13, SyncBN on one GPU raises "Default process group has not been initialized"; newer versions
 * compute BN, and 3.x converts it to BN.
 */
export function usesPlainBatchNorm({ mmdet, gpus }: ConfigSettings): boolean {
  return mmdet === '2' && gpus === 1
}

/** Channels of the images, unless three: a mean of three colours does not apply. */
export function ownChannels({ architecture: { facts } }: ConfigSettings): number | undefined {
  const { channels } = facts
  return typeof channels === 'number' && channels !== 3 ? channels : undefined
}

/** The normalisation for pixels from 0 to 255; undefined if it equals the bases'. */
export function ownNormalisation({
  normalisation: { mean, std, order },
}: ConfigSettings): PixelNormalisation | undefined {
  const scaled = (values: readonly number[]) => values.map(value => Number((255 * value).toFixed(3)))
  const own = { mean: scaled(mean), std: scaled(std), order }
  const same =
    order === BASE_NORMALISATION.order &&
    isNear(own.mean, BASE_NORMALISATION.mean) &&
    isNear(own.std, BASE_NORMALISATION.std)
  return same ? undefined : own
}

/** SwAV was trained with a deviation of 0.228 instead of 0.229, which MMDetection's own config ignores. */
function isNear(values: readonly number[], others: readonly number[]): boolean {
  return values.every((value, index) => Math.abs(value - others[index]!) < 0.5)
}
