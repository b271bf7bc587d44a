/** How images are loaded, resized and packed in both versions, if that differs from the base files. */
import { DETECTORS, SCALES } from './detectors.ts'
import { Noted, type Py, PyCode, type PyDict, PyTuple } from './python.ts'
import type { ConfigSettings } from './settings.ts'
import type { Sizes } from './versions.ts'

const LSJ = new PyTuple(1024, 1024)

function annotations({ detector }: ConfigSettings): PyDict {
  const { masks } = DETECTORS[detector]
  return { type: 'LoadAnnotations', with_bbox: true, ...(masks ? { with_mask: true } : {}) }
}

/** DETR's: a choice of eleven sizes, or a crop between two choices. */
const CROP: PyDict = {
  type: 'RandomCrop',
  crop_type: 'absolute_range',
  crop_size: new PyTuple(384, 600),
  allow_negative_crop: true,
}

const FLIP_3: PyDict = { type: 'RandomFlip', prob: 0.5 }

function choice3(scales: readonly PyTuple[]): PyDict {
  return { type: 'RandomChoiceResize', scales, keep_ratio: true }
}

/** For `sizes` in 3.x: the transforms between loading and packing. */
const STEPS_3: Readonly<Record<Sizes, readonly PyDict[]>> = {
  one: [{ type: 'Resize', scale: new PyTuple(1333, 800), keep_ratio: true }, FLIP_3],
  range: [{ type: 'RandomResize', scale: SCALES.range, keep_ratio: true }, FLIP_3],
  six: [choice3(SCALES.six), FLIP_3],
  detr: [
    FLIP_3,
    {
      type: 'RandomChoice',
      transforms: [[choice3(SCALES.eleven)], [choice3(SCALES.three), CROP, choice3(SCALES.eleven)]],
    },
  ],
  lsj: [
    { type: 'RandomResize', scale: LSJ, ratio_range: new PyTuple(0.1, 2), keep_ratio: true },
    {
      type: 'RandomCrop',
      crop_type: 'absolute_range',
      crop_size: LSJ,
      recompute_bbox: true,
      allow_negative_crop: true,
    },
    { type: 'FilterAnnotations', min_gt_bbox_wh: new PyTuple(0.01, 0.01) },
    FLIP_3,
  ],
}

const LOAD_3: PyDict = { type: 'LoadImageFromFile', backend_args: null }

/** What the pipeline for testing reports about each image. */
const PACK_TEST_3: PyDict = {
  type: 'PackDetInputs',
  meta_keys: new PyTuple('img_id', 'img_path', 'ori_shape', 'img_shape', 'scale_factor'),
}

/** The training pipeline of 3.x. */
export function pipeline3(settings: ConfigSettings, sizes: Sizes): Py {
  return [LOAD_3, annotations(settings), ...STEPS_3[sizes], { type: 'PackDetInputs' }]
}

/** OpenCV, which reads images otherwise, reads 1, 3 or 4 channels. As numbers, since PyTorch has no operations for uint16. */
function loadChannels(channels: number): PyDict {
  return {
    type: 'LoadImageFromFile',
    to_float32: true,
    color_type: channels === 1 ? 'grayscale' : 'unchanged',
  }
}

const NORMALISE_CHANNELS: PyDict = {
  type: 'Normalize',
  mean: new PyCode('channel_mean'),
  std: new PyCode('channel_std'),
  to_rgb: false,
}

/** Mean and standard deviation of each channel, for the user to change. */
export function channelValues(channels: number): PyDict {
  const one = (value: number): Py => new PyCode(`[${value}] * ${channels}`)
  return {
    channel_mean: new Noted(
      one(0),
      'The mean and the standard deviation of each channel in the pre-training: the checkpoint does not contain them. Change them; with 0 and 1, images are not normalised.',
    ),
    channel_std: one(1),
  }
}

/** Both pipelines of 3.x for images without three channels. */
export function channelPipelines3(settings: ConfigSettings, sizes: Sizes, channels: number): PyDict {
  const load = {
    ...loadChannels(channels),
    ...(channels === 1 ? {} : { imdecode_backend: 'tifffile' }),
    backend_args: null,
  }
  return {
    ...channelValues(channels),
    train_pipeline: [
      load,
      annotations(settings),
      ...STEPS_3[sizes],
      NORMALISE_CHANNELS,
      { type: 'PackDetInputs' },
    ],
    test_pipeline: [load, STEPS_3.one[0]!, NORMALISE_CHANNELS, annotations(settings), PACK_TEST_3],
  }
}

/** Both pipelines of 3.x for a network with a fixed image size: all images are padded to a square. */
export function fixedPipelines3(settings: ConfigSettings, size: number): PyDict {
  const square: readonly PyDict[] = [
    { type: 'Resize', scale: new PyCode('image_size'), keep_ratio: true },
    { type: 'Pad', size: new PyCode('image_size'), pad_val: { img: new PyTuple(114, 114, 114) } },
  ]
  return {
    image_size: new PyTuple(size, size),
    train_pipeline: [LOAD_3, annotations(settings), FLIP_3, ...square, { type: 'PackDetInputs' }],
    test_pipeline: [LOAD_3, ...square, annotations(settings), PACK_TEST_3],
  }
}

function choice2(scales: readonly PyTuple[], others: PyDict = {}): PyDict {
  return { type: 'Resize', img_scale: scales, multiscale_mode: 'value', ...others, keep_ratio: true }
}

const FLIP_2: PyDict = { type: 'RandomFlip', flip_ratio: 0.5 }

const STEPS_2: Readonly<Record<Exclude<Sizes, 'lsj'>, readonly PyDict[]>> = {
  one: [{ type: 'Resize', img_scale: new PyTuple(1333, 800), keep_ratio: true }, FLIP_2],
  range: [{ type: 'Resize', img_scale: SCALES.range, multiscale_mode: 'range', keep_ratio: true }, FLIP_2],
  six: [choice2(SCALES.six), FLIP_2],
  detr: [
    FLIP_2,
    {
      type: 'AutoAugment',
      policies: [
        [choice2(SCALES.eleven)],
        [choice2(SCALES.three), CROP, choice2(SCALES.eleven, { override: true })],
      ],
    },
  ],
}

/** The training pipeline of 2.x. */
export function pipeline2(
  settings: ConfigSettings,
  sizes: Exclude<Sizes, 'lsj'>,
  channels: number | undefined,
): Py {
  const keys = ['img', 'gt_bboxes', 'gt_labels', ...(DETECTORS[settings.detector].masks ? ['gt_masks'] : [])]
  return [
    load2(channels),
    annotations(settings),
    ...STEPS_2[sizes],
    ...normalised(channels),
    { type: 'DefaultFormatBundle' },
    { type: 'Collect', keys },
  ]
}

function load2(channels: number | undefined): PyDict {
  return channels === undefined ? { type: 'LoadImageFromFile' } : loadChannels(channels)
}

function normalised(channels: number | undefined): Py[] {
  return [
    channels === undefined ? { type: 'Normalize', '**': new PyCode('img_norm_cfg') } : NORMALISE_CHANNELS,
    { type: 'Pad', size_divisor: 32 },
  ]
}

/** The testing pipeline of 2.x. */
export function testPipeline2(channels: number | undefined): Py {
  return [
    load2(channels),
    {
      type: 'MultiScaleFlipAug',
      img_scale: new PyTuple(1333, 800),
      flip: false,
      transforms: [
        { type: 'Resize', keep_ratio: true },
        { type: 'RandomFlip' },
        ...normalised(channels),
        { type: 'ImageToTensor', keys: ['img'] },
        { type: 'Collect', keys: ['img'] },
      ],
    },
  ]
}
