/** The `model` of a config: backbone, neck and heads, where they differ from the base's. */
import { BACKBONES } from './backbones.ts'
import { cascadeStages, DETECTORS } from './detectors.ts'
import { Noted, type PyDict } from './python.ts'
import { RECIPES } from './recipes.ts'
import { CONFIG_DEFAULTS, type ConfigSettings, ownNormalisation, usesPlainBatchNorm } from './settings.ts'

export function modelSettings(settings: ConfigSettings): PyDict {
  const neck = neckSettings(settings)
  return {
    ...preprocessor(settings),
    backbone: backboneSettings(settings),
    ...(Object.keys(neck).length > 0 ? { neck } : {}),
    ...headSettings(settings),
  }
}

/** In 3.x, images are normalised on the GPU, as part of the model. */
function preprocessor(settings: ConfigSettings): PyDict {
  const own = settings.mmdet === '3' ? ownNormalisation(settings) : undefined
  if (!own) return {}
  const { mean, std, order } = own
  return {
    data_preprocessor: new Noted(
      { mean, std, bgr_to_rgb: order === 'rgb' },
      `As ${settings.method.title} normalised its images.`,
    ),
  }
}

function backboneSettings(settings: ConfigSettings): PyDict {
  const frozen = settings.frozenStages ?? RECIPES[settings.recipe].frozenStages
  return {
    ...BACKBONES[settings.architecture]!.settings,
    frozen_stages: new Noted(frozen, frozenWhy(frozen)),
    norm_cfg: normSettings(settings),
    norm_eval: new Noted(false, 'Statistics of ImageNet crops do not fit detection: keep them learning.'),
    ...(settings.style === 'caffe'
      ? { style: new Noted('caffe', 'The stride is in the first 1x1 convolution.') }
      : {}),
    init_cfg: { type: 'Pretrained', checkpoint: settings.checkpoint },
  }
}

function frozenWhy(stages: number): string {
  if (stages < 0) return 'Nothing is frozen.'
  if (stages === 0) return '0 still freezes the stem (conv1 and bn1); -1 freezes nothing.'
  return `The stem and the first ${stages === 1 ? 'stage' : `${stages} stages`} stay as they are.`
}

function normSettings(settings: ConfigSettings): PyDict[string] {
  if (usesPlainBatchNorm(settings))
    return new Noted(
      norm(settings),
      'SyncBN needs more than one process: on a single GPU, MMDetection 2.x stops with "Default process group has not been initialized".',
    )
  if (settings.gpus === 1)
    return new Noted(norm(settings), 'On a single GPU, MMDetection 3.x turns SyncBN into BN by itself.')
  return norm(settings)
}

function norm(settings: ConfigSettings): PyDict {
  return { type: usesPlainBatchNorm(settings) ? 'BN' : 'SyncBN', requires_grad: true }
}

function neckSettings(settings: ConfigSettings): PyDict {
  const { channels } = BACKBONES[settings.architecture]!
  const usual = channels[0] === 256
  return {
    ...(usual ? {} : { in_channels: channels }),
    ...(RECIPES[settings.recipe].syncNeck ? { norm_cfg: norm(settings) } : {}),
  }
}

function headSettings(settings: ConfigSettings): PyDict {
  const { boxes, masks } = DETECTORS[settings.detector]
  const classes: PyDict =
    settings.classes === CONFIG_DEFAULTS.classes ? {} : { num_classes: settings.classes }
  const sync: PyDict = RECIPES[settings.recipe].syncHeads ? { norm_cfg: norm(settings) } : {}
  const changes: PyDict = {
    ...('norm_cfg' in sync ? { type: 'Shared4Conv1FCBBoxHead' } : {}),
    ...classes,
    ...sync,
  }
  if (isEmpty(changes)) return {}
  if (boxes === 'bbox_head') return { bbox_head: changes }
  const boxHead = boxes === 'roi_head' ? changes : cascadeStages(changes)
  return { roi_head: { bbox_head: boxHead, ...(masks ? { mask_head: { ...classes, ...sync } } : {}) } }
}

function isEmpty(dict: PyDict): boolean {
  return Object.keys(dict).length === 0
}
