/** Turns settings into the MMDetection config for a backbone, as Python. */
import { UnsupportedError, UsageError } from '../../errors.ts'
import { dataSettings } from './data.ts'
import { DETECTORS, type DetectorFacts } from './detectors.ts'
import type { Backbone } from './families/backbone.ts'
import { backboneOf } from './families/index.ts'
import { modelSettings } from './model.ts'
import { aboutParts, refuseUnusualSizes, usualDetector } from './pretrained.ts'
import { assignment, commentLines, type Py, type PyDict } from './python.ts'
import { RECIPES, REPORTED } from './recipes.ts'
import {
  areCoco,
  type ConfigParts,
  type ConfigSettings,
  countOf,
  imagesPerStep,
  ownChannels,
  usesPlainBatchNorm,
} from './settings.ts'
import { trainingSettings } from './training.ts'
import { GENERATIONS, SCHEDULES, type ScheduleFacts, SHARED_BASES } from './versions.ts'

/**
 * The text of a config, valid Python.
 * @throws UsageError when the settings contradict each other
 * @throws UnsupportedError when MMDetection has no such backbone
 */
export function writeConfig(settings: ConfigSettings): string {
  const backbone = backboneOf(settings)
  refuseNonsense(settings, backbone)
  const { imports, more = {} } = backbone
  const variables: PyDict = {
    _base_: bases(settings),
    ...(imports ? { custom_imports: { imports: [imports], ...strictly(settings) } } : {}),
    model: modelSettings(settings, backbone),
    ...dataSettings(settings, backbone),
    ...trainingSettings(settings, backbone),
    ...more,
    ...keptCheckpoints(settings),
    ...loaded(settings),
  }
  const parts = Object.entries(variables).map(([name, value]) => assignment(name, value))
  return [heading(settings, backbone), ...parts].join('\n')
}

function strictly({ target }: ConfigSettings): PyDict {
  return target === 'vitdet' ? {} : { allow_failed_imports: false }
}

/** As in projects/ConvNeXt-V2: AdamW stores two more numbers per weight. */
function keptCheckpoints({ schedule }: ConfigSettings): PyDict {
  return schedule === 'lsj-3x' ? { default_hooks: { checkpoint: { max_keep_ckpts: 1 } } } : {}
}

/** A complete detector is loaded with `load_from`: `init_cfg` is only for its backbone. */
function loaded({ parts, checkpoint }: ConfigSettings): PyDict {
  return parts ? { load_from: checkpoint } : {}
}

/** @throws UsageError when the base is a package without configs */
export function refusePackageOf2({ mmdet, base }: Pick<ConfigSettings, 'mmdet' | 'base'>): void {
  if (base.endsWith('::') && mmdet === '2')
    throw new UsageError(`The base ${base} needs MMDetection 3.x: the package of 2.x has no configs.`, [
      { say: 'Give the path of configs/_base_, or use', use: [{ mmdet: '3' }] },
    ])
}

function refuseNonsense(settings: ConfigSettings, backbone: Backbone): void {
  const { base, frozenStages } = settings
  refusePackageOf2(settings)
  if (base.endsWith('::') && settings.target === 'vitdet')
    throw new UsageError(
      `The base ${base} is in the package, which does not have projects/ViTDet; a clone of MMDetection has it.`,
      [{ say: 'Put the config into projects/ViTDet/configs of a clone, and', leaveOut: 'base' }],
    )
  refuseOtherDetector(settings)
  refuseRecipe(settings, backbone)
  refuseSchedule(settings, backbone)
  if (frozenStages !== undefined && !backbone.frozen)
    throw new UsageError(`${backbone.settings.type} cannot freeze any stages.`, [
      { leaveOut: 'frozenStages' },
    ])
  requireInteger('frozen stages', frozenStages ?? 0, -1, backbone.frozen?.most ?? 0)
  requireInteger('GPUs', settings.gpus, 1)
  requireInteger('images per GPU', settings.batchSize, 1)
  requireInteger('classes', countOf(settings), 1)
}

/** A pretrained neck fits detectors whose pyramid begins with the same map. */
function refuseOtherDetector({ parts, detector }: ConfigSettings): void {
  if (parts) refuseUnusualSizes(parts)
  const usual = parts && usualDetector(parts)
  if (usual === undefined || areAlike(DETECTORS[usual], DETECTORS[detector], hasHeads(parts!))) return
  throw new UsageError(
    `The checkpoint contains the neck and heads of ${DETECTORS[usual].title}, which ${DETECTORS[detector].title} cannot use.`,
    [{ say: 'For the backbone alone, convert without --part, or use', use: [{ detector: usual }] }],
  )
}

/** Without heads, all detectors with region proposals use the same pyramid. */
function areAlike(one: DetectorFacts, other: DetectorFacts, withHeads: boolean): boolean {
  if (withHeads) return one.boxes === other.boxes
  return (one.boxes === 'bbox_head') === (other.boxes === 'bbox_head')
}

function hasHeads({ facts }: ConfigParts): boolean {
  return ['boxLayers', 'maskConvs', 'stackedConvs'].some(fact => fact in facts)
}

function refuseRecipe({ recipe, detector, architecture }: ConfigSettings, { optimiser }: Backbone): void {
  if (recipe !== 'mmdet' && optimiser.kind !== 'SGD')
    throw new UsageError(
      `The recipe ${recipe} sets the BatchNorm of ResNets, which a ${architecture.title} does not have.`,
      [{ leaveOut: 'recipe' }],
    )
  if (RECIPES[recipe].syncHeads && DETECTORS[detector].boxes === 'bbox_head')
    throw new UsageError(
      `The recipe ${recipe} sets R-CNN heads, which ${DETECTORS[detector].title} does not have.`,
      [{ say: 'Choose another detector, or use', use: [{ recipe: 'moco' }] }],
    )
}

function refuseSchedule(
  { schedule, mmdet, target, detector, architecture }: ConfigSettings,
  { maps, fixedSize }: Backbone,
): void {
  const { sizes } = SCHEDULES[schedule]
  if (schedule === 'lsj-100e' && target !== 'vitdet')
    throw new UsageError('The schedule lsj-100e is for ViTDet only.', [
      { say: 'Choose another schedule, or use', use: [{ target: 'vitdet' }] },
    ])
  if (sizes === 'lsj' && mmdet === '2')
    throw new UsageError(`The schedule ${schedule} needs MMDetection 3.x.`, [
      { use: [{ mmdet: '3' }, { schedule: 'ms-3x' }] },
    ])
  if (maps.kind === 'single' && DETECTORS[detector].boxes === 'bbox_head')
    throw new UnsupportedError(
      `${DETECTORS[detector].title} needs a pyramid of feature maps, but a ${architecture.title} outputs a single one.`,
      [{ use: [{ detector: 'mask-rcnn' }, { detector: 'faster-rcnn' }] }],
    )
  if (fixedSize !== undefined && sizes !== 'one')
    throw new UsageError(
      `The schedule ${schedule} scales images to many sizes, but a ${architecture.title} only accepts one.`,
      [{ use: [{ schedule: '1x' }, { schedule: '2x' }] }],
    )
}

function requireInteger(what: string, value: number, from: number, to = Number.MAX_SAFE_INTEGER): void {
  if (Number.isInteger(value) && value >= from && value <= to) return
  const range = to === Number.MAX_SAFE_INTEGER ? `${from} or more` : `${from} to ${to}`
  throw new UsageError(`The number of ${what} must be a whole number, ${range}; found ${value}.`)
}

function heading(settings: ConfigSettings, { remarks = [] }: Backbone): string {
  const { method, architecture, recipe, detector, mmdet, target } = settings
  const isResNet = architecture.family === 'resnet'
  const lines = [
    `${DETECTORS[detector].title} on ${articled(architecture.title)} trained with ${method.title}, for ${GENERATIONS[mmdet].title}.`,
    ...(isResNet ? [`Recipe: ${RECIPES[recipe].about} (${RECIPES[recipe].source}).`] : []),
    ...(target === 'vitdet'
      ? [
          'Put it into projects/ViTDet/configs of a clone of MMDetection, and start the training in the clone.',
        ]
      : []),
    ...aboutParts(settings.parts, method),
    ...reported(settings),
    ...remarks,
  ]
  return `${lines.map(line => commentLines(line, 0)).join('\n')}\n`
}

function articled(title: string): string {
  return `${title.startsWith('X') ? 'an' : 'a'} ${title}`
}

function reported(settings: ConfigSettings): string[] {
  const { method, architecture, schedule } = settings
  const key = `${architecture.name} ${schedule}`
  const found = isShipped(settings) ? (REPORTED[`${method.name} ${key}`] ?? REPORTED[key]) : undefined
  if (!found) return []
  const { box, mask, by = 'MMDetection reports', with: other } = found
  const whose = other ? `, with ${other}` : ''
  return [
    `${by} ${box.toFixed(1)} box AP and ${mask.toFixed(1)} mask AP for this config on COCO val2017${whose}.`,
  ]
}

/** Whether MMDetection ships this config, except for the path of the checkpoint. */
function isShipped(settings: ConfigSettings): boolean {
  const { recipe, detector, schedule, architecture, frozenStages = 0 } = settings
  const { gpus, perGpu }: ScheduleFacts = SCHEDULES[schedule]
  return (
    recipe === 'mmdet' &&
    detector === 'mask-rcnn' &&
    frozenStages === 0 &&
    areCoco(settings) &&
    isUsualVariant(architecture) &&
    ownChannels(settings) === undefined &&
    imagesPerStep(settings) === gpus * perGpu &&
    !usesPlainBatchNorm(settings) &&
    settings.parts === undefined
  )
}

/** The variants with published results: Swin with windows of 7, ConvNeXt-T V1 and ConvNeXt-B V2. */
function isUsualVariant({ name, family, facts }: ConfigSettings['architecture']): boolean {
  if (family === 'swin') return (facts.windows as readonly number[]).every(window => window === 7)
  return family !== 'convnext' || (facts.grn === true) === (name === 'convnext-base')
}

function bases({ base, mmdet, detector, schedule, target }: ConfigSettings): Py {
  const { base: models, masks } = DETECTORS[detector]
  const bare = base.replace(/\/+$/, '')
  const folder = base.endsWith('::') ? `${base}_base_/` : `${bare}/`
  const model = `${folder}models/${models[mmdet]}`
  if (target === 'vitdet') {
    const configs = bare === '../../../configs/_base_' ? '.' : `${bare}/../../projects/ViTDet/configs`
    return [model, `${configs}/lsj-100e_coco-instance.py`]
  }
  const facts: ScheduleFacts = SCHEDULES[schedule]
  return [
    model,
    folder + (masks ? SHARED_BASES.instance : SHARED_BASES.detection),
    folder + facts.base!,
    folder + SHARED_BASES.runtime,
  ]
}
