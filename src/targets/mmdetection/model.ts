/** The `model` of a config: backbone, neck and heads, if they differ from the base's. */
import type { Facts } from '../../families/family.ts'
import { cascadeStages, DETECTORS } from './detectors.ts'
import type { Backbone } from './families/backbone.ts'
import { VITDET_HEADS } from './families/vitdet.ts'
import { Noted, type PyDict } from './python.ts'
import { RECIPES } from './recipes.ts'
import {
  areCoco,
  type ConfigSettings,
  countOf,
  ownChannels,
  ownNormalisation,
  usesPlainBatchNorm,
} from './settings.ts'
import type { Generation } from './versions.ts'

export function modelSettings(settings: ConfigSettings, backbone: Backbone): PyDict {
  return {
    ...section('data_preprocessor', preprocessor(settings, backbone)),
    backbone: backboneSettings(settings, backbone),
    ...section('neck', neckSettings(settings, backbone)),
    ...headSettings(settings, backbone),
    ...without('rpn_head', backbone.model ?? {}),
  }
}

function section(name: string, value: PyDict | Noted): PyDict {
  return value instanceof Noted || Object.keys(value).length > 0 ? { [name]: value } : {}
}

function without(name: string, { [name]: _, ...others }: PyDict): PyDict {
  return others
}

/** In 3.x, images are normalised on the GPU, as part of the model, and padded to a multiple of the patches. */
function preprocessor(settings: ConfigSettings, backbone: Backbone): PyDict | Noted {
  if (settings.mmdet === '2') return {}
  const others: PyDict = {
    ...(settings.target === 'vitdet' ? VITDET_HEADS.preprocessor : {}),
    ...padding(backbone),
  }
  const channels = ownChannels(settings)
  if (channels !== undefined)
    return new Noted(
      { mean: null, std: null, bgr_to_rgb: false, ...others },
      aboutChannels(channels, '3', hasOwnPipelines(settings, backbone.fixedSize)),
    )
  const own = ownNormalisation(settings)
  if (!own) return others
  const { mean, std, order } = own
  return new Noted({ mean, std, bgr_to_rgb: order === 'rgb', ...others }, aboutNormalisation(settings))
}

/** Why images are not normalised like in the base. */
export function aboutNormalisation({ method: { title, normalisationNote } }: ConfigSettings): string {
  return [`The normalisation that ${title} used.`, normalisationNote].filter(Boolean).join(' ')
}

/** The bases pad to multiples of 32, which patches of 14 pixels do not divide. */
function padding({ maps }: Backbone): PyDict {
  return maps.kind === 'single' && 32 % maps.stride !== 0 ? { pad_size_divisor: maps.stride } : {}
}

/** Whether the config itself loads and normalises images without three channels. Others pad images, which OpenCV only does for up to four channels. */
export function hasOwnPipelines({ schedule }: ConfigSettings, fixedSize: number | undefined): boolean {
  return schedule !== 'lsj-100e' && fixedSize === undefined
}

/** The remark for images without three channels. */
export function aboutChannels(channels: number, mmdet: Generation, isOwn = true): string {
  const images = `The backbone expects images with ${channels === 1 ? 'one channel' : `${channels} channels`}.`
  if (mmdet === '2')
    return channels === 1 || channels === 4
      ? images
      : `${images} LoadImageFromFile of 2.x cannot read them: register your own loader, or use LoadMultiChannelImageFromFiles, which reads a file for each channel.`
  const here = 'mean and std can only have 1 or 3 values here'
  const how =
    channels === 1
      ? ''
      : ' They read TIFF files with the package tifffile, as arrays of height x width x channels.'
  if (isOwn) return `${images} ${here}: the pipelines below normalise.${how}`
  const load =
    channels === 1 ? "color_type='grayscale'" : "color_type='unchanged' and imdecode_backend='tifffile'"
  return `${images} ${here}: add Normalize to the pipelines of this config's base, and to LoadImageFromFile to_float32=True, ${load}. Their Pad fails with more than four channels.`
}

function backboneSettings(settings: ConfigSettings, { settings: own, frozen }: Backbone): PyDict {
  const isResNet = settings.architecture.family === 'resnet'
  const said = settings.frozenStages ?? (isResNet ? RECIPES[settings.recipe].frozenStages : undefined)
  return {
    ...own,
    ...(said === undefined || !frozen
      ? {}
      : { frozen_stages: new Noted(said, frozenWhy(said, frozen.about, isResNet)) }),
    ...(isResNet ? batchNorm(settings) : {}),
    init_cfg: settings.parts
      ? new Noted(null, 'The weights are in load_from, below.')
      : initialised(settings),
  }
}

function initialised({ checkpoint }: ConfigSettings): PyDict | Noted {
  const initial: PyDict = { type: 'Pretrained', checkpoint }
  return checkpoint.endsWith('.safetensors')
    ? new Noted(initial, 'Only the newest PyTorch versions load safetensors. For others, convert it to .pth.')
    : initial
}

function batchNorm(settings: ConfigSettings): PyDict {
  return {
    norm_cfg: normSettings(settings),
    norm_eval: new Noted(
      false,
      'The running statistics of ImageNet crops do not fit detection: keep updating them.',
    ),
    ...(settings.style === 'caffe'
      ? { style: new Noted('caffe', 'The stride is in the first 1x1 convolution.') }
      : {}),
  }
}

function frozenWhy(stages: number, about: string, isResNet: boolean): string {
  if (stages < 0) return 'Nothing is frozen.'
  if (!isResNet || stages === 0) return about
  return `The stem and the first ${stages === 1 ? 'stage' : `${stages} stages`} are frozen.`
}

function normSettings(settings: ConfigSettings): PyDict[string] {
  if (usesPlainBatchNorm(settings))
    return new Noted(
      norm(settings),
      'SyncBN needs more than one process: on a single GPU, MMDetection 2.x with PyTorch up to 1.13 stops with "Default process group has not been initialized".',
    )
  if (settings.gpus === 1)
    return new Noted(
      norm(settings),
      'On a single GPU, MMDetection 3.x replaces SyncBN with BN automatically.',
    )
  return norm(settings)
}

function norm(settings: ConfigSettings): PyDict {
  return { type: usesPlainBatchNorm(settings) ? 'BN' : 'SyncBN', requires_grad: true }
}

function neckSettings(settings: ConfigSettings, { maps, settings: { _delete_ } }: Backbone): PyDict {
  if (maps.kind === 'own neck') return maps.neck
  if (maps.kind === 'single') return { in_channels: [maps.channels], num_outs: 1 }
  // RetinaNet's FPN begins with the second map, which here is the first available one.
  const skips = maps.channels.length === 3
  const usual = _delete_ === undefined && maps.channels[0] === 256
  return {
    ...(usual ? {} : { in_channels: maps.channels }),
    ...(skips ? { start_level: 0 } : {}),
    ...neckNorm(settings),
    // RetinaNet's base has 'on_input'.
    ...(settings.parts?.facts.extraConvs === 'on_output' ? { add_extra_convs: 'on_output' } : {}),
  }
}

/** From the recipe; a pretrained neck keeps its own. */
function neckNorm(settings: ConfigSettings): PyDict {
  const { parts, recipe } = settings
  if (!parts) return RECIPES[recipe].syncNeck ? { norm_cfg: norm(settings) } : {}
  const { neckNorm: kind, lateralNorm } = parts.facts
  if (kind === undefined) return {}
  return {
    norm_cfg: pretrainedNorm(settings, kind),
    ...(lateralNorm === false ? { no_norm_on_lateral: true } : {}),
  }
}

function pretrainedNorm(settings: ConfigSettings, kind: Facts[string]): PyDict[string] {
  const value: PyDict = kind === 'gn' ? { type: 'GN', num_groups: 32, requires_grad: true } : norm(settings)
  return new Noted(value, 'As in the pre-training.')
}

function pretrainedNormOf(settings: ConfigSettings, fact: string): PyDict {
  const kind = settings.parts?.facts[fact]
  return kind === undefined ? {} : { norm_cfg: pretrainedNorm(settings, kind) }
}

/** The pretrained layers that classes and boxes share. */
function pretrainedBox(settings: ConfigSettings, { boxConvs, boxLayers, boxNorm }: Facts): PyDict {
  if (boxLayers === undefined || (boxConvs === 0 && boxLayers === 2)) return {}
  const usual = boxConvs === 4 && boxLayers === 1
  return {
    type: new Noted(usual ? 'Shared4Conv1FCBBoxHead' : 'ConvFCBBoxHead', 'As in the pre-training.'),
    ...(usual ? {} : { num_shared_convs: boxConvs as number, num_shared_fcs: boxLayers as number }),
    ...(boxNorm === undefined ? {} : { norm_cfg: pretrainedNorm(settings, boxNorm) }),
  }
}

function headSettings(settings: ConfigSettings, { maps, model }: Backbone): PyDict {
  const { boxes, masks } = DETECTORS[settings.detector]
  const classes: PyDict = areCoco(settings) ? {} : { num_classes: countOf(settings) }
  const box: PyDict = { ...boxChanges(settings), ...classes }
  if (boxes === 'bbox_head') return section('bbox_head', box)
  const mask = masks
    ? {
        ...(settings.target === 'vitdet' ? VITDET_HEADS.mask : {}),
        ...classes,
        ...(settings.parts ? pretrainedNormOf(settings, 'maskNorm') : syncHeads(settings)),
      }
    : {}
  const strides = maps.kind === 'single' ? { featmap_strides: [maps.stride] } : {}
  const roi: PyDict = {
    ...section('bbox_roi_extractor', strides),
    ...(isEmpty(box) ? {} : { bbox_head: boxes === 'roi_head' ? box : cascadeStages(box) }),
    ...(masks ? section('mask_roi_extractor', strides) : {}),
    ...section('mask_head', mask),
  }
  const rpn = maps.kind === 'single' ? singleMapAnchors(maps.stride) : ((model?.rpn_head ?? {}) as PyDict)
  return { ...section('rpn_head', rpn), ...section('roi_head', roi) }
}

function boxChanges(settings: ConfigSettings): PyDict {
  if (settings.target === 'vitdet') return VITDET_HEADS.box
  if (settings.parts)
    return DETECTORS[settings.detector].boxes === 'bbox_head'
      ? pretrainedNormOf(settings, 'headNorm')
      : pretrainedBox(settings, settings.parts.facts)
  const sync = syncHeads(settings)
  return isEmpty(sync) ? {} : { type: 'Shared4Conv1FCBBoxHead', ...sync }
}

function syncHeads(settings: ConfigSettings): PyDict {
  return RECIPES[settings.recipe].syncHeads ? { norm_cfg: norm(settings) } : {}
}

/** The anchors of a pyramid, of 32 to 512 pixels, all in one map. */
function singleMapAnchors(stride: number): PyDict {
  const first = Math.round(32 / stride)
  return {
    anchor_generator: {
      scales: new Noted(
        [1, 2, 4, 8, 16].map(times => first * times),
        'Anchors of all sizes on the one map.',
      ),
      strides: [stride],
    },
  }
}

function isEmpty(dict: PyDict): boolean {
  return Object.keys(dict).length === 0
}
