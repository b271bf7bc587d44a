/** The data settings of a config: paths, batch size, image sizes, and in 2.x the normalisation. */
import type { Backbone } from './families/backbone.ts'
import { aboutChannels, aboutNormalisation, hasOwnPipelines } from './model.ts'
import {
  channelPipelines3,
  channelValues,
  fixedPipelines3,
  pipeline2,
  pipeline3,
  testPipeline2,
} from './pipelines.ts'
import { Noted, type Py, PyCode, type PyDict, PyTuple } from './python.ts'
import { RECIPES } from './recipes.ts'
import {
  areCoco,
  CONFIG_DEFAULTS,
  type ConfigSettings,
  countOf,
  ownChannels,
  ownNormalisation,
  type PixelNormalisation,
} from './settings.ts'
import { BASE_NORMALISATION, SCHEDULES, type ScheduleFacts, type Sizes } from './versions.ts'

/** The variables of a config, in order. */
export function dataSettings(settings: ConfigSettings, backbone: Backbone): PyDict {
  return settings.mmdet === '2' ? data2(settings) : data3(settings, backbone)
}

/** If the base is the schedule's own config, it has the right pipelines. */
function sizesOf({ recipe, schedule }: ConfigSettings): Sizes {
  if (RECIPES[recipe].sixScales) return 'six'
  const { sizes, base }: ScheduleFacts = SCHEDULES[schedule]
  return base ? sizes : 'one'
}

/** Images per GPU in the base: those of the schedule's config if it is the base. */
function basePerGpu({ schedule }: ConfigSettings): number {
  const { base, perGpu }: ScheduleFacts = SCHEDULES[schedule]
  return base ? CONFIG_DEFAULTS.batchSize : perGpu
}

// MMDetection 3.x

function data3(settings: ConfigSettings, { fixedSize }: Backbone): PyDict {
  const root = rootOf(settings)
  const common: PyDict = {
    ...(root ? { data_root: new PyCode('data_root') } : {}),
    ...(areCoco(settings) ? {} : { metainfo: new PyCode('metainfo') }),
  }
  const pipelines = pipelines3(settings, fixedSize)
  const ofSplit = (pipeline: string): PyDict => ({
    ...common,
    ...(pipeline in pipelines ? { pipeline: new PyCode(pipeline) } : {}),
  })
  const [dataset, testset] = [ofSplit('train_pipeline'), ofSplit('test_pipeline')]
  const loader: PyDict = {
    ...(settings.batchSize === basePerGpu(settings) ? {} : { batch_size: settings.batchSize }),
    ...(settings.schedule === 'lsj-3x' ? { num_workers: 8 } : {}),
    ...(isEmpty(dataset) ? {} : { dataset }),
  }
  const test = isEmpty(testset) ? {} : { dataset: testset }
  const evaluator = { ann_file: new PyCode("data_root + 'annotations/instances_val2017.json'") }
  return {
    ...(root ? { data_root: root } : {}),
    ...metainfo(settings),
    ...pipelines,
    ...(isEmpty(loader) ? {} : { train_dataloader: loader }),
    ...(isEmpty(test) ? {} : { val_dataloader: test, test_dataloader: test }),
    ...(root ? { val_evaluator: evaluator, test_evaluator: evaluator } : {}),
  }
}

function pipelines3(settings: ConfigSettings, fixedSize: number | undefined): PyDict {
  const sizes = sizesOf(settings)
  const channels = ownChannels(settings)
  if (channels !== undefined && hasOwnPipelines(settings, fixedSize))
    return channelPipelines3(settings, sizes, channels)
  if (fixedSize !== undefined) return fixedPipelines3(settings, fixedSize)
  return sizes === 'one' ? {} : { train_pipeline: pipeline3(settings, sizes) }
}

function metainfo(settings: ConfigSettings): PyDict {
  if (areCoco(settings)) return {}
  const classes = namesOf(settings)
  return {
    metainfo: classes instanceof Noted ? new Noted({ classes: classes.value }, classes.comment) : { classes },
  }
}

/** The class names. If they differ from the annotations', MMDetection finds no images to train on. */
function namesOf(settings: ConfigSettings): PyTuple | Noted {
  if (typeof settings.classes !== 'number') return new PyTuple(...settings.classes)
  const names = Array.from({ length: countOf(settings) }, (_, index) => `class_${index + 1}`)
  return new Noted(
    new PyTuple(...names),
    'Put the names of your classes here, as in the annotations. With other names, training stops with "need at least one array to concatenate".',
  )
}

// MMDetection 2.x

function data2(settings: ConfigSettings): PyDict {
  const root = rootOf(settings)
  const pipelines = pipelines2(settings)
  const ofSplit = (split: 'train' | 'val', pipeline: string): PyDict => ({
    ...(root
      ? {
          ann_file: new PyCode(`data_root + 'annotations/instances_${split}2017.json'`),
          img_prefix: new PyCode(`data_root + '${split}2017/'`),
        }
      : {}),
    ...(pipeline in pipelines ? { pipeline: new PyCode(pipeline) } : {}),
    ...(areCoco(settings) ? {} : { classes: new PyCode('classes') }),
  })
  const [train, test] = [ofSplit('train', 'train_pipeline'), ofSplit('val', 'test_pipeline')]
  const data: PyDict = {
    ...(settings.batchSize === CONFIG_DEFAULTS.batchSize ? {} : { samples_per_gpu: settings.batchSize }),
    ...(isEmpty(train) ? {} : { train }),
    ...(isEmpty(test) ? {} : { val: test, test }),
  }
  return {
    ...(root ? { data_root: root } : {}),
    ...(areCoco(settings) ? {} : { classes: namesOf(settings) }),
    ...pipelines,
    ...(isEmpty(data) ? {} : { data }),
  }
}

/** In 2.x, pipelines normalise images: other values than the base's require writing both pipelines. */
function pipelines2(settings: ConfigSettings): PyDict {
  const sizes = sizesOf(settings) as Exclude<Sizes, 'lsj'>
  const channels = ownChannels(settings)
  if (channels !== undefined)
    return {
      ...channelValues(channels),
      train_pipeline: new Noted(pipeline2(settings, sizes, channels), aboutChannels(channels, '2')),
      test_pipeline: testPipeline2(channels),
    }
  const own = ownNormalisation(settings)
  if (sizes === 'one' && !own) return {}
  return {
    img_norm_cfg: normalisation2(settings, own),
    train_pipeline: pipeline2(settings, sizes, undefined),
    ...(own ? { test_pipeline: testPipeline2(undefined) } : {}),
  }
}

function normalisation2(settings: ConfigSettings, own: PixelNormalisation | undefined): Py | Noted {
  const { mean, std, order } = own ?? BASE_NORMALISATION
  const value = { mean, std, to_rgb: order === 'rgb' }
  return own ? new Noted(value, aboutNormalisation(settings)) : value
}

/** With a trailing slash, as in the bases. */
function rootOf({ dataRoot }: ConfigSettings): string | undefined {
  return dataRoot === undefined || dataRoot.endsWith('/') ? dataRoot : `${dataRoot}/`
}

function isEmpty(dict: object): boolean {
  return Object.keys(dict).length === 0
}
