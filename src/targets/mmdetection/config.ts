/** The MMDetection config that goes with a backbone: settings → Python. */
import { UnsupportedError, UsageError } from '../../errors.ts'
import { BACKBONES } from './backbones.ts'
import { dataSettings } from './data.ts'
import { DETECTORS } from './detectors.ts'
import { modelSettings } from './model.ts'
import { assignment, commentLines, Noted, type Py, type PyDict } from './python.ts'
import { RECIPES, REPORTED } from './recipes.ts'
import { CONFIG_DEFAULTS, type ConfigSettings, usesPlainBatchNorm } from './settings.ts'
import { BASE_BATCH, GENERATIONS, SCHEDULES, SHARED_BASES } from './versions.ts'

/**
 * The text of a config, valid Python.
 * @throws UsageError when the settings make no sense together
 * @throws UnsupportedError when MMDetection has no such backbone
 */
export function writeConfig(settings: ConfigSettings): string {
  refuseNonsense(settings)
  const parts = [
    heading(settings),
    assignment('_base_', bases(settings)),
    assignment('model', modelSettings(settings)),
    ...Object.entries(dataSettings(settings)).map(([name, value]) => assignment(name, value)),
    ...Object.entries(optimiser(settings)).map(([name, value]) => assignment(name, value)),
  ]
  return parts.join('\n')
}

function refuseNonsense(settings: ConfigSettings): void {
  const { mmdet, base, recipe, detector, architecture, frozenStages } = settings
  if (!BACKBONES[architecture])
    throw new UnsupportedError(
      `MMDetection has no ${architecture}: its ResNeXt ignores the width of a single group.`,
      'The converted backbone loads into torchvision and timm; MMDetection would need a backbone class of its own.',
    )
  if (base.endsWith('::') && mmdet === '2')
    throw new UsageError(
      `--base ${base} needs MMDetection 3.x: 2.x has no configs in its package.`,
      'Give the path of configs/_base_, or --mmdet 3.',
    )
  if (RECIPES[recipe].syncHeads && DETECTORS[detector].boxes === 'bbox_head')
    throw new UsageError(
      `The recipe ${recipe} is about R-CNN heads, which ${DETECTORS[detector].title} does not have.`,
      'Use --recipe moco, or another detector.',
    )
  requireInteger('--frozen-stages', frozenStages ?? 0, -1, 4)
  requireInteger('--gpus', settings.gpus, 1)
  requireInteger('--batch-size', settings.batchSize, 1)
  requireInteger('--classes', settings.classes, 1)
}

function requireInteger(option: string, value: number, from: number, to = Number.MAX_SAFE_INTEGER): void {
  if (Number.isInteger(value) && value >= from && value <= to) return
  const range = to === Number.MAX_SAFE_INTEGER ? `${from} or more` : `${from} to ${to}`
  throw new UsageError(`${option}: expected a whole number, ${range}, found ${value}.`)
}

function heading(settings: ConfigSettings): string {
  const { method, architecture, schedule, recipe, detector, mmdet } = settings
  const lines = [
    `${DETECTORS[detector].title} on a ${architecture} trained with ${method.title}, for ${GENERATIONS[mmdet].title}.`,
    `Recipe: ${RECIPES[recipe].about} (${RECIPES[recipe].source}).`,
  ]
  const reported = isShipped(settings) ? REPORTED[`${method.name} ${schedule}`] : undefined
  if (reported)
    lines.push(
      `MMDetection reports ${reported.box.toFixed(1)} box AP and ${reported.mask.toFixed(1)} mask AP for this config on COCO val2017.`,
    )
  return `${lines.map(line => commentLines(line, 0)).join('\n')}\n`
}

/** One of the four configs that MMDetection ships, but for the path of the checkpoint. */
function isShipped(settings: ConfigSettings): boolean {
  const { recipe, detector, architecture, frozenStages = 0, classes } = settings
  return (
    recipe === 'mmdet' &&
    detector === 'mask-rcnn' &&
    architecture === 'resnet50' &&
    frozenStages === 0 &&
    classes === CONFIG_DEFAULTS.classes &&
    imagesPerStep(settings) === BASE_BATCH.gpus * BASE_BATCH.perGpu &&
    !usesPlainBatchNorm(settings)
  )
}

function bases({ base, mmdet, detector, schedule }: ConfigSettings): Py {
  const { base: models, masks } = DETECTORS[detector]
  const folder = base.endsWith('::') ? `${base}_base_/` : `${base.replace(/\/+$/, '')}/`
  return [
    `${folder}models/${models[mmdet]}`,
    folder + (masks ? SHARED_BASES.instance : SHARED_BASES.detection),
    folder + SCHEDULES[schedule].base,
    folder + SHARED_BASES.runtime,
  ]
}

function imagesPerStep({ gpus, batchSize }: ConfigSettings): number {
  return gpus * batchSize
}

/** The linear rule: the rate grows with the images of a step (arXiv:1706.02677). */
function optimiser(settings: ConfigSettings): PyDict {
  const images = imagesPerStep(settings)
  const base = DETECTORS[settings.detector].learningRate
  const rate = Number(((base * images) / (BASE_BATCH.gpus * BASE_BATCH.perGpu)).toPrecision(12))
  // The base schedules have 0.02.
  if (rate === 0.02) return {}
  const why = `${images} images a step (${settings.gpus} x ${settings.batchSize}): the learning rate is ${base} for 16, and grows with their number.`
  const optimizer = { lr: rate }
  return settings.mmdet === '2'
    ? { optimizer: new Noted(optimizer, why) }
    : { optim_wrapper: new Noted({ optimizer }, why) }
}
