/** What a config says of images: where they are, how many at once, of which sizes, and in 2.x how they are normalised. */
import { DETECTORS, SCALES } from './detectors.ts'
import { Noted, type Py, PyCode, type PyDict, PyTuple } from './python.ts'
import { RECIPES } from './recipes.ts'
import {
  CONFIG_DEFAULTS,
  type ConfigSettings,
  ownNormalisation,
  type PixelNormalisation,
} from './settings.ts'
import { BASE_NORMALISATION, SCHEDULES } from './versions.ts'

/** The variables of a config, in order. */
export function dataSettings(settings: ConfigSettings): PyDict {
  return settings.mmdet === '2' ? data2(settings) : data3(settings)
}

type Sizes = 'one' | 'range' | 'six'

function sizesOf({ recipe, schedule }: ConfigSettings): Sizes {
  if (RECIPES[recipe].sixScales) return 'six'
  return SCHEDULES[schedule].multiScale ? 'range' : 'one'
}

function annotations(settings: ConfigSettings): PyDict {
  const { masks } = DETECTORS[settings.detector]
  return { type: 'LoadAnnotations', with_bbox: true, ...(masks ? { with_mask: true } : {}) }
}

// MMDetection 3.x

function data3(settings: ConfigSettings): PyDict {
  const root = rootOf(settings)
  const sizes = sizesOf(settings)
  const dataset: PyDict = {
    ...(root ? { data_root: new PyCode('data_root') } : {}),
    ...(sizes === 'one' ? {} : { pipeline: new PyCode('train_pipeline') }),
    ...(settings.classes === CONFIG_DEFAULTS.classes ? {} : { metainfo: new PyCode('metainfo') }),
  }
  const loader: PyDict = {
    ...(settings.batchSize === CONFIG_DEFAULTS.batchSize ? {} : { batch_size: settings.batchSize }),
    ...(isEmpty(dataset) ? {} : { dataset }),
  }
  const { pipeline: _, ...testset } = dataset
  const test = isEmpty(testset) ? {} : { dataset: testset }
  const evaluator = { ann_file: new PyCode("data_root + 'annotations/instances_val2017.json'") }
  return {
    ...(root ? { data_root: root } : {}),
    ...metainfo(settings),
    ...(sizes === 'one' ? {} : { train_pipeline: pipeline3(settings, sizes) }),
    ...(isEmpty(loader) ? {} : { train_dataloader: loader }),
    ...(isEmpty(test) ? {} : { val_dataloader: test, test_dataloader: test }),
    ...(root ? { val_evaluator: evaluator, test_evaluator: evaluator } : {}),
  }
}

function metainfo(settings: ConfigSettings): PyDict {
  if (settings.classes === CONFIG_DEFAULTS.classes) return {}
  const names = Array.from({ length: settings.classes }, (_, index) => `class_${index + 1}`)
  return {
    metainfo: new Noted(
      { classes: new PyTuple(...names) },
      'Put the names of your classes here, as in the annotations.',
    ),
  }
}

function pipeline3(settings: ConfigSettings, sizes: Sizes): Py {
  const resize: PyDict =
    sizes === 'six'
      ? { type: 'RandomChoiceResize', scales: SCALES.six, keep_ratio: true }
      : { type: 'RandomResize', scale: SCALES.range, keep_ratio: true }
  return [
    { type: 'LoadImageFromFile', backend_args: null },
    annotations(settings),
    resize,
    { type: 'RandomFlip', prob: 0.5 },
    { type: 'PackDetInputs' },
  ]
}

// MMDetection 2.x

function data2(settings: ConfigSettings): PyDict {
  const root = rootOf(settings)
  const own = ownNormalisation(settings)
  const sizes = sizesOf(settings)
  const newTraining = sizes !== 'one' || own !== undefined
  const ofSplit = (split: 'train' | 'val', pipeline: string | undefined): PyDict => ({
    ...(root
      ? {
          ann_file: new PyCode(`data_root + 'annotations/instances_${split}2017.json'`),
          img_prefix: new PyCode(`data_root + '${split}2017/'`),
        }
      : {}),
    ...(pipeline ? { pipeline: new PyCode(pipeline) } : {}),
    ...(settings.classes === CONFIG_DEFAULTS.classes ? {} : { classes: new PyCode('classes') }),
  })
  const train = ofSplit('train', newTraining ? 'train_pipeline' : undefined)
  const test = ofSplit('val', own ? 'test_pipeline' : undefined)
  const data: PyDict = {
    ...(settings.batchSize === CONFIG_DEFAULTS.batchSize ? {} : { samples_per_gpu: settings.batchSize }),
    ...(isEmpty(train) ? {} : { train }),
    ...(isEmpty(test) ? {} : { val: test, test }),
  }
  return {
    ...(root ? { data_root: root } : {}),
    ...classes2(settings),
    ...(newTraining
      ? { img_norm_cfg: normalisation2(settings, own), train_pipeline: pipeline2(settings, sizes) }
      : {}),
    ...(own ? { test_pipeline: testPipeline2() } : {}),
    ...(isEmpty(data) ? {} : { data }),
  }
}

function classes2(settings: ConfigSettings): PyDict {
  const { metainfo: found } = metainfo(settings)
  if (!(found instanceof Noted)) return {}
  return { classes: new Noted((found.value as { classes: PyTuple }).classes, found.comment) }
}

function normalisation2(settings: ConfigSettings, own: PixelNormalisation | undefined): Py | Noted {
  const { mean, std, order } = own ?? BASE_NORMALISATION
  const value = { mean, std, to_rgb: order === 'rgb' }
  return own ? new Noted(value, `As ${settings.method.title} normalised its images.`) : value
}

function pipeline2(settings: ConfigSettings, sizes: Sizes): Py {
  const keys = ['img', 'gt_bboxes', 'gt_labels', ...(DETECTORS[settings.detector].masks ? ['gt_masks'] : [])]
  const resize: Readonly<Record<Sizes, PyDict>> = {
    one: { type: 'Resize', img_scale: new PyTuple(1333, 800), keep_ratio: true },
    range: { type: 'Resize', img_scale: SCALES.range, multiscale_mode: 'range', keep_ratio: true },
    six: { type: 'Resize', img_scale: SCALES.six, multiscale_mode: 'value', keep_ratio: true },
  }
  return [
    { type: 'LoadImageFromFile' },
    annotations(settings),
    resize[sizes],
    { type: 'RandomFlip', flip_ratio: 0.5 },
    ...normalised(),
    { type: 'DefaultFormatBundle' },
    { type: 'Collect', keys },
  ]
}

function normalised(): Py[] {
  return [
    { type: 'Normalize', '**': new PyCode('img_norm_cfg') },
    { type: 'Pad', size_divisor: 32 },
  ]
}

function testPipeline2(): Py {
  return [
    { type: 'LoadImageFromFile' },
    {
      type: 'MultiScaleFlipAug',
      img_scale: new PyTuple(1333, 800),
      flip: false,
      transforms: [
        { type: 'Resize', keep_ratio: true },
        { type: 'RandomFlip' },
        ...normalised(),
        { type: 'ImageToTensor', keys: ['img'] },
        { type: 'Collect', keys: ['img'] },
      ],
    },
  ]
}

/** With a slash at its end, as the bases have it. */
function rootOf({ dataRoot }: ConfigSettings): string | undefined {
  return dataRoot === undefined || dataRoot.endsWith('/') ? dataRoot : `${dataRoot}/`
}

function isEmpty(dict: object): boolean {
  return Object.keys(dict).length === 0
}
