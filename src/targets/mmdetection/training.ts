/** The settings for optimizer and schedule, if they differ from the base files. */
import { DETECTORS } from './detectors.ts'
import type { AdamW, Backbone } from './families/backbone.ts'
import { Noted, type Py, type PyDict, PyTuple } from './python.ts'
import { RECIPES } from './recipes.ts'
import { type ConfigSettings, imagesPerStep } from './settings.ts'
import { BASE_BATCH, SCHEDULES, type ScheduleFacts } from './versions.ts'

/** The variables of a config, in order. */
export function trainingSettings(settings: ConfigSettings, backbone: Backbone): PyDict {
  return {
    ...length(settings, backbone),
    ...optimiser(settings, backbone),
    ...(backbone.unused ? { find_unused_parameters: new Noted(true, backbone.unused) } : {}),
  }
}

const scheduleOf = ({ schedule }: ConfigSettings): ScheduleFacts => SCHEDULES[schedule]

/** A learning rate and the images per step that it is for. */
interface Rate {
  readonly rate: number
  readonly images: number
}

function baseRate(settings: ConfigSettings, { optimiser }: Backbone): Rate {
  if (optimiser.kind === 'SGD')
    return { rate: DETECTORS[settings.detector].learningRate, images: BASE_BATCH.gpus * BASE_BATCH.perGpu }
  const { gpus, perGpu } = scheduleOf(settings)
  return { rate: optimiser.rate, images: gpus * perGpu }
}

/** The linear rule: the rate grows with the images per step (arXiv:1706.02677). */
function optimiser(settings: ConfigSettings, backbone: Backbone): PyDict {
  const base = baseRate(settings, backbone)
  const images = imagesPerStep(settings)
  const lr = Number(((base.rate * images) / base.images).toPrecision(12))
  const why = `${images} images per step (${settings.gpus} x ${settings.batchSize}): the learning rate is ${base.rate} for ${base.images} images, and scales with their number.`
  const rate = images === base.images ? lr : new Noted(lr, why)
  const scaled = images === base.images ? {} : autoScale(images)
  const { kind } = backbone.optimiser
  if (kind === 'AdamW') return { ...adamW(settings, backbone.optimiser, rate), ...scaled }
  if (kind === 'as the base') {
    const changes = {
      ...backbone.optimiser.changes,
      ...(images === base.images ? {} : { optimizer: { lr: rate } }),
    }
    return { ...(Object.keys(changes).length > 0 ? { optim_wrapper: changes } : {}), ...scaled }
  }
  // The base schedules have 0.02.
  if (lr === 0.02) return {}
  const sgd = { lr }
  return {
    ...(settings.mmdet === '2'
      ? { optimizer: new Noted(sgd, why) }
      : { optim_wrapper: new Noted({ optimizer: sgd }, why) }),
    ...autoScale(images),
  }
}

/** With `--auto-scale-lr`, MMDetection multiplies the rate by the actual images per step divided by these. */
export function autoScale(images: number): PyDict {
  return {
    auto_scale_lr: new Noted(
      { base_batch_size: images },
      'The number of images per step that the learning rate above is for: --auto-scale-lr scales from it.',
    ),
  }
}

function adamW(
  { mmdet, ...settings }: ConfigSettings,
  { rate: _, ...adam }: AdamW,
  lr: PyDict[string],
): PyDict {
  const optimizer: PyDict = {
    _delete_: true,
    type: 'AdamW',
    lr,
    betas: new PyTuple(0.9, 0.999),
    weight_decay: adam.weightDecay,
  }
  const grouped: PyDict = {
    ...(adam.constructor_ ? { constructor: adam.constructor_ } : {}),
    paramwise_cfg: adam.paramwise,
  }
  const { amp } = SCHEDULES[settings.schedule]
  if (mmdet === '2')
    return {
      optimizer: { ...optimizer, ...grouped },
      ...(amp ? { fp16: new Noted({ loss_scale: { init_scale: 512 } }, MIXED) } : {}),
    }
  const type = amp ? new Noted('AmpOptimWrapper', MIXED) : 'OptimWrapper'
  return { optim_wrapper: { type, ...grouped, optimizer } }
}

const MIXED = 'Mixed precision: half the memory.'

/** Epochs, steps of the rate, and the warm-up: 1000 iterations for AdamW and MMSelfSup, 500 in the bases. */
function length(settings: ConfigSettings, { optimiser }: Backbone): PyDict {
  if (optimiser.kind === 'as the base') return iterations(settings)
  const { epochs, drops, base } = scheduleOf(settings)
  const warmUp = optimiser.kind === 'AdamW' ? 1000 : RECIPES[settings.recipe].warmUp
  const isBases = epochs === 12 || base !== 'schedules/schedule_1x.py'
  if (isBases && warmUp === undefined) return {}
  return settings.mmdet === '2'
    ? {
        lr_config: { ...(warmUp ? { warmup_iters: warmUp } : {}), ...(isBases ? {} : { step: [...drops] }) },
        ...(isBases ? {} : { runner: { max_epochs: epochs } }),
      }
    : {
        ...(isBases ? {} : { train_cfg: { max_epochs: epochs } }),
        param_scheduler: schedulers(warmUp ?? 500, epochs, drops),
      }
}

function schedulers(warmUp: number, end: number, milestones: readonly number[]): Py {
  return [
    { type: 'LinearLR', start_factor: 0.001, by_epoch: false, begin: 0, end: warmUp },
    { type: 'MultiStepLR', begin: 0, end, by_epoch: true, milestones, gamma: 0.1 },
  ]
}

/**
 * ViTDet counts iterations: 100 epochs of COCO with 64 images per step (projects/ViTDet/configs/lsj-100e_coco-instance.py).
 * Other datasets and fewer images per step need another number.
 */
const VITDET = {
  epochs: 100,
  images: 118000,
  perStep: 64,
  iterations: 184375,
  drops: [163889, 177546],
  interval: 5000,
  warmUp: 250,
} as const

function iterations(settings: ConfigSettings): PyDict {
  const { images = VITDET.images } = settings
  const perStep = imagesPerStep(settings)
  const times = (images / VITDET.images) * (VITDET.perStep / perStep)
  if (times === 1) return {}
  const max = Math.max(1, Math.round(VITDET.iterations * times))
  // Small datasets have fewer iterations than the usual warm-up.
  const warmUp = Math.min(VITDET.warmUp, Math.ceil(max / 10))
  const last = Math.floor(max / VITDET.interval) * VITDET.interval + 1
  return {
    train_cfg: new Noted(
      { max_iters: max, dynamic_intervals: [new PyTuple(last, max)] },
      `${VITDET.epochs} epochs of ${settings.images === undefined ? "COCO's " : ''}${images} images, ${perStep} per step.`,
    ),
    param_scheduler: [
      { type: 'LinearLR', start_factor: 0.001, by_epoch: false, begin: 0, end: warmUp },
      {
        type: 'MultiStepLR',
        begin: 0,
        end: max,
        by_epoch: false,
        milestones: VITDET.drops.map(at => Math.round(at * times)),
        gamma: 0.1,
      },
    ],
  }
}
