/** What a config can be asked for, and what follows from that in more than one place. */
import type { Detector } from './detectors.ts'
import type { Recipe } from './recipes.ts'
import { BASE_BATCH, BASE_NORMALISATION, type Generation, type Schedule } from './versions.ts'

/** All that a config depends on. `CONFIG_DEFAULTS` has what may be left out. */
export interface ConfigSettings {
  /** Path or URL of the converted backbone, as MMDetection will be given it. */
  readonly checkpoint: string
  /** How the images were normalised that the backbone was trained on; values for pixels from 0 to 1. */
  readonly normalisation: PixelNormalisation
  readonly style: 'pytorch' | 'caffe'
  /** By its name in `ARCHITECTURES`. */
  readonly architecture: string
  /** What to call the backbone: 'MoCo v2'; and by which key its results are known: 'moco'. */
  readonly method: { readonly name: string; readonly title: string }
  readonly mmdet: Generation
  readonly schedule: Schedule
  readonly detector: Detector
  readonly recipe: Recipe
  /** −1 freezes nothing, 0 the stem, 1 to 4 also so many stages. By default, what the recipe has. */
  readonly frozenStages?: number | undefined
  readonly gpus: number
  /** Images on each GPU. */
  readonly batchSize: number
  readonly classes: number
  readonly dataRoot?: string | undefined
  /** Where configs/_base_ is: a path, as seen from the config, or 'mmdet::' for the installed package (3.x). */
  readonly base: string
}

export interface PixelNormalisation {
  readonly mean: readonly number[]
  readonly std: readonly number[]
  readonly order: 'rgb' | 'bgr'
}

/** What people get when they say nothing else. */
export const CONFIG_DEFAULTS = {
  mmdet: '3',
  schedule: '1x',
  detector: 'mask-rcnn',
  recipe: 'mmdet',
  gpus: BASE_BATCH.gpus,
  batchSize: BASE_BATCH.perGpu,
  classes: 80,
  base: '../_base_',
} as const satisfies Partial<ConfigSettings>

/** In 2.x, SyncBN on one GPU raises "Default process group has not been initialized"; 3.x turns it into BN by itself. */
export function usesPlainBatchNorm({ mmdet, gpus }: ConfigSettings): boolean {
  return mmdet === '2' && gpus === 1
}

/** The normalisation for pixels from 0 to 255; undefined where the bases already have it. */
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

/** SwAV trained with a deviation of 0.228 in place of 0.229; MMDetection's own config for it makes no difference of that. */
function isNear(values: readonly number[], others: readonly number[]): boolean {
  return values.every((value, index) => Math.abs(value - others[index]!) < 0.5)
}
