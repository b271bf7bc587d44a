/**
 * The configs: Python evaluates each, on top of the values in MMDetection's own base files, and the results match a table of
 * facts; and the eight that MMDetection ships are reproduced value by value.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type ConfigOptions, configFor } from '../../../src/convert/config.ts'
import { UnsupportedError, UsageError } from '../../../src/errors.ts'
import { ARCHITECTURES } from '../../../src/families/index.ts'
import { METHODS } from '../../../src/methods/index.ts'
import { DETECTORS, type Detector } from '../../../src/targets/mmdetection/detectors.ts'
import { RECIPES, type Recipe } from '../../../src/targets/mmdetection/recipes.ts'
import { type Generation, SCHEDULES, type Schedule } from '../../../src/targets/mmdetection/versions.ts'
import { type Config, evaluate as evaluateIn, FIXTURES } from '../../helpers/mmdet-configs.ts'
import { PYTHON } from '../../helpers/python.ts'
import { temporaryFolder } from '../../helpers/temporary.ts'

const folder = temporaryFolder()
const generations: readonly Generation[] = ['2', '3']
const names = <T extends string>(table: Readonly<Record<T, unknown>>): T[] => Object.keys(table) as T[]

const evaluate = (mmdet: Generation, texts: ReadonlyMap<string, string>) => evaluateIn(folder, mmdet, texts)

function evaluateOne(method: string, options: ConfigOptions & { mmdet: Generation }): Config {
  return evaluate(options.mmdet, new Map([['it', configFor(method, options)]])).get('it')
}

describe.skipIf(!PYTHON)('the configs that MMDetection ships', () => {
  test.each(generations)('%s.x: all four, value by value', mmdet => {
    const { shipped } = JSON.parse(readFileSync(join(FIXTURES, `${mmdet}.json`), 'utf8'))
    expect(Object.keys(shipped)).toEqual(['moco 1x', 'moco ms-2x', 'swav 1x', 'swav ms-2x'])
    for (const [key, official] of Object.entries<Config>(shipped)) {
      const [method, schedule] = key.split(' ') as [string, Schedule]
      const { checkpoint } = official.model.backbone.init_cfg
      const text = configFor(method, { mmdet, schedule, checkpoint })
      expect(evaluate(mmdet, new Map([[key, text]])).get(key), key).toEqual(official)
      expect(text).toMatch(/MMDetection reports \d\d\.\d box AP and \d\d\.\d mask AP/)
    }
  })
})

/** Every combination of the options. */
const combinations = generations.flatMap(mmdet =>
  names<Detector>(DETECTORS).flatMap(detector =>
    names<Schedule>(SCHEDULES).flatMap(schedule =>
      names<Recipe>(RECIPES).flatMap(recipe =>
        [1, 8].map(gpus => ({ mmdet, detector, schedule, recipe, gpus })),
      ),
    ),
  ),
)
const refused = ({ detector, recipe, schedule, mmdet }: Omit<Combination, 'gpus'>) =>
  (detector === 'retinanet' && recipe === 'mmselfsup') ||
  schedule === 'lsj-100e' ||
  (schedule === 'lsj-3x' && mmdet === '2')

const TYPES: Record<Detector, string> = {
  'mask-rcnn': 'MaskRCNN',
  'faster-rcnn': 'FasterRCNN',
  retinanet: 'RetinaNet',
  'cascade-mask-rcnn': 'CascadeRCNN',
}
const FROZEN: Record<Recipe, number> = { mmdet: 0, moco: -1, mmselfsup: -1 }
const EPOCHS: Record<Schedule, [number, number[]]> = {
  '1x': [12, [8, 11]],
  '2x': [24, [16, 22]],
  'ms-2x': [24, [16, 22]],
  'ms-3x': [36, [27, 33]],
  'lsj-3x': [36, [27, 33]],
  'lsj-100e': [100, [88, 96]],
}
const RANGE = [
  [1333, 640],
  [1333, 800],
]
const SIZES: Partial<Record<Schedule, unknown>> = { '1x': [1333, 800], '2x': [1333, 800], 'ms-2x': RANGE }
const SIX = [640, 672, 704, 736, 768, 800].map(side => [1333, side])

describe.skipIf(!PYTHON)('every allowed combination', () => {
  for (const mmdet of generations) {
    const mine = combinations.filter(one => one.mmdet === mmdet && !refused(one))
    const key = (one: (typeof mine)[number]) => JSON.stringify(one)
    let values: Map<string, Config> | undefined
    const evaluated = (one: (typeof mine)[number]): Config => {
      values ??= evaluate(mmdet, new Map(mine.map(each => [key(each), configFor('moco', each)])))
      return values.get(key(one))
    }

    test.each(mine)('$mmdet.x $detector $schedule $recipe on $gpus GPUs', one => {
      const config = evaluated(one)
      checkBackbone(config.model, one)
      checkHeads(config.model, one)
      checkTraining(config, one)
    })
  }

  test.each(combinations.filter(refused))(
    '$mmdet.x $detector $schedule $recipe is refused, with a reason',
    one => {
      expect(() => configFor('moco', one)).toThrow(UsageError)
      expect(() => configFor('moco', one)).toThrow(
        /sets R-CNN heads|is for ViTDet only|needs MMDetection 3\.x/,
      )
    },
  )
})

type Combination = (typeof combinations)[number]

function normOf({ mmdet, gpus }: Combination): object {
  return { type: mmdet === '2' && gpus === 1 ? 'BN' : 'SyncBN', requires_grad: true }
}

function checkBackbone(model: Config, one: Combination): void {
  expect(model.type).toBe(TYPES[one.detector])
  expect(model.pretrained).toBeUndefined()
  expect(model.backbone).toMatchObject({
    type: 'ResNet',
    depth: 50,
    style: 'pytorch',
    frozen_stages: FROZEN[one.recipe],
    norm_eval: false,
    init_cfg: { type: 'Pretrained', checkpoint: 'moco.pth' },
  })
  expect(model.backbone.norm_cfg).toEqual(normOf(one))
  expect(model.neck.norm_cfg).toEqual(one.recipe === 'mmdet' ? undefined : normOf(one))
}

function checkHeads(model: Config, one: Combination): void {
  const isSynced = one.recipe === 'mmselfsup'
  const norm = isSynced ? normOf(one) : undefined
  expect(boxHeads(model)).toHaveLength(one.detector === 'cascade-mask-rcnn' ? 3 : 1)
  for (const head of boxHeads(model)) {
    expect(head).toMatchObject({ num_classes: 80, loss_cls: {}, loss_bbox: {} })
    expect(head.norm_cfg).toEqual(norm)
    if (isSynced) expect(head.type).toBe('Shared4Conv1FCBBoxHead')
  }
  const masks = one.detector.includes('mask')
  expect(model.roi_head?.mask_head?.norm_cfg).toEqual(masks ? norm : undefined)
}

function checkTraining(config: Config, one: Combination): void {
  const { lr, epochs, steps, warmUp, resize, pipeline, scaledFrom } =
    one.mmdet === '2' ? facts2(config) : facts3(config)
  const images = one.gpus * (one.schedule === 'lsj-3x' ? 4 : 2)
  const base = one.detector === 'retinanet' ? 0.01 : 0.02
  expect(lr).toBeCloseTo((base * images) / 16, 12)
  // A config for a different number of images states it for --auto-scale-lr.
  expect(scaledFrom).toBe(lr === 0.02 ? 16 : images)
  expect([epochs, steps]).toEqual(EPOCHS[one.schedule])
  expect(warmUp).toBe(one.recipe === 'mmselfsup' ? 1000 : 500)
  const expected = one.recipe === 'mmselfsup' ? SIX : SIZES[one.schedule]
  if (expected) expect(sizes(resize)).toEqual(expected)
  const annotations = pipeline.find(step => step.type === 'LoadAnnotations')
  expect(annotations.with_mask ?? false).toBe(one.detector.includes('mask'))
}

function boxHeads(model: Config): Config[] {
  const head = model.bbox_head ?? model.roi_head.bbox_head
  return Array.isArray(head) ? head : [head]
}

interface Facts {
  readonly lr: number
  readonly scaledFrom: number
  readonly warmUp: number
  readonly epochs: number
  readonly steps: number[]
  readonly resize: Config
  readonly pipeline: Config[]
}

function facts2({ optimizer, runner, lr_config, data, auto_scale_lr }: Config): Facts {
  const pipeline: Config[] = data.train.pipeline
  const types = pipeline.map(step => step.type)
  expect(types.slice(0, 2)).toEqual(['LoadImageFromFile', 'LoadAnnotations'])
  expect(types.slice(-4)).toEqual(['Normalize', 'Pad', 'DefaultFormatBundle', 'Collect'])
  const resize = pipeline[2]
  if (Array.isArray(resize.img_scale?.[0]))
    expect(resize.multiscale_mode).toBe(resize.img_scale.length === 2 ? 'range' : 'value')
  return {
    lr: optimizer.lr,
    scaledFrom: auto_scale_lr.base_batch_size,
    epochs: runner.max_epochs,
    steps: lr_config.step,
    warmUp: lr_config.warmup_iters,
    resize,
    pipeline,
  }
}

function facts3({ optim_wrapper, train_cfg, param_scheduler, train_dataloader, ...more }: Config): Facts {
  const { pipeline } = train_dataloader.dataset
  const types: string[] = pipeline.map((step: Config) => step.type)
  expect(types.slice(0, 2)).toEqual(['LoadImageFromFile', 'LoadAnnotations'])
  expect(types).toContain('RandomFlip')
  expect(types.at(-1)).toBe('PackDetInputs')
  return {
    lr: optim_wrapper.optimizer.lr,
    scaledFrom: more.auto_scale_lr.base_batch_size,
    epochs: train_cfg.max_epochs,
    steps: param_scheduler[1].milestones,
    warmUp: param_scheduler[0].end,
    resize: pipeline[2],
    pipeline,
  }
}

function sizes(resize: Config): Config {
  return resize.img_scale ?? resize.scales ?? resize.scale
}

describe.skipIf(!PYTHON)('one option at a time', () => {
  test.each(generations)('%s.x: --classes', mmdet => {
    for (const detector of names<Detector>(DETECTORS)) {
      const { model } = evaluateOne('moco', { mmdet, detector, classes: 3 })
      for (const head of boxHeads(model)) expect(head.num_classes).toBe(3)
      if (detector.includes('mask')) expect(model.roi_head.mask_head.num_classes).toBe(3)
    }
    const config = evaluateOne('moco', { mmdet, classes: 1 })
    const dataset = mmdet === '2' ? config.data.train : config.train_dataloader.dataset
    expect(mmdet === '2' ? dataset.classes : dataset.metainfo.classes).toEqual(['class_1'])
  })

  test.each(generations)('%s.x: --batch-size and --gpus', mmdet => {
    const config = evaluateOne('moco', { mmdet, gpus: 4, batchSize: 8 })
    if (mmdet === '2') {
      expect(config.data.samples_per_gpu).toBe(8)
      expect(config.optimizer).toEqual({ type: 'SGD', lr: 0.04, momentum: 0.9, weight_decay: 0.0001 })
    } else {
      expect(config.train_dataloader.batch_size).toBe(8)
      expect(config.optim_wrapper.optimizer).toEqual({
        type: 'SGD',
        lr: 0.04,
        momentum: 0.9,
        weight_decay: 0.0001,
      })
    }
  })

  test.each(generations)('%s.x: --data-root', mmdet => {
    const config = evaluateOne('moco', { mmdet, dataRoot: "/data/it's here" })
    const all = JSON.stringify(config)
    expect(all).not.toContain('data/coco/')
    expect(all).toContain("/data/it's here/")
    const train = mmdet === '2' ? config.data.train.ann_file : config.val_evaluator.ann_file
    expect(train).toMatch(/^\/data\/it's here\/annotations\/instances_(train|val)2017\.json$/)
  })

  test.each(generations)('%s.x: --frozen-stages', mmdet => {
    for (const frozenStages of [-1, 0, 1, 4])
      expect(evaluateOne('moco', { mmdet, frozenStages }).model.backbone.frozen_stages).toBe(frozenStages)
  })

  test.each(generations)('%s.x: images are normalised as in the method', mmdet => {
    // SimCLR did not normalise images at all.
    const config = evaluateOne('simclr-v2', { mmdet })
    if (mmdet === '3')
      expect(config.model.data_preprocessor).toMatchObject({
        mean: [0, 0, 0],
        std: [255, 255, 255],
        bgr_to_rgb: true,
      })
    else
      for (const pipeline of [config.data.train.pipeline, config.data.val.pipeline[1].transforms])
        expect(pipeline.find((step: Config) => step.type === 'Normalize')).toMatchObject({
          mean: [0, 0, 0],
          std: [255, 255, 255],
          to_rgb: true,
        })
  })

  const resnets = ARCHITECTURES.filter(({ family, name }) => family === 'resnet' && !name.startsWith('wide'))
  test.each(resnets.map(({ name }) => name))('%s', arch => {
    const { model } = evaluateOne('torchvision', { mmdet: '3', arch })
    const depth = Number(/\d+/.exec(arch)![0])
    expect(model.backbone.depth).toBe(depth)
    expect(model.backbone.type).toBe(arch.startsWith('resnext') ? 'ResNeXt' : 'ResNet')
    const last = ARCHITECTURES.find(({ name }) => name === arch)!
      .tensors()
      .at(-2)!.shape[0]
    expect(model.neck.in_channels.at(-1)).toBe(last)
  })

  test.each(generations)('%s.x: --classes by name', mmdet => {
    const config = evaluateOne('moco', { mmdet, classes: ['cat', "it's"] })
    const dataset = mmdet === '2' ? config.data.train : config.train_dataloader.dataset
    expect(mmdet === '2' ? dataset.classes : dataset.metainfo.classes).toEqual(['cat', "it's"])
    expect(config.model.roi_head.bbox_head.num_classes).toBe(2)
  })

  test('every method gives a config, except for networks that 2.x does not have', () => {
    for (const mmdet of generations) {
      const later = mmdet === '2' ? ['beit', 'beit-v2', 'cae', 'data2vec', 'dinov2', 'eva-02', 'fcmae'] : []
      const texts = new Map(
        METHODS.filter(({ name }) => !later.includes(name)).map(({ name }) => [
          name,
          configFor(name, { mmdet }),
        ]),
      )
      for (const [name, config] of evaluate(mmdet, texts))
        expect(config.model.backbone.init_cfg.checkpoint).toBe(`${name}.pth`)
      for (const name of later) expect(() => configFor(name, { mmdet })).toThrow(UnsupportedError)
    }
  })
})

test('the installed package as the base', () => {
  expect(configFor('moco', { base: 'mmdet::' })).toContain("'mmdet::_base_/models/mask-rcnn_r50_fpn.py'")
  expect(configFor('moco', { base: '/mm/configs/_base_/' })).toContain(
    "'/mm/configs/_base_/schedules/schedule_1x.py'",
  )
})

test('no line is longer than 79 columns', () => {
  for (const one of combinations.filter(one => !refused(one)))
    for (const line of configFor('swav', { ...one, classes: 2, dataRoot: '/d' }).split('\n'))
      expect(line.length, line).toBeLessThanOrEqual(79)
})

test.each<[string, ConfigOptions, RegExp]>([
  ['mmdet:: in 2.x', { mmdet: '2', base: 'mmdet::' }, /needs MMDetection 3\.x/],
  ['five stages', { frozenStages: 5 }, /frozen stages must be a whole number, -1 to 4; found 5/],
  ['no GPU', { gpus: 0 }, /The number of GPUs must be a whole number, 1 or more/],
  ['half an image', { batchSize: 0.5 }, /images per GPU/],
  ['no classes', { classes: 0 }, /number of classes/],
  ['an unknown architecture', { arch: 'resnet51' }, /There is no architecture/],
])('%s is refused', (_, options, message) => {
  expect(() => configFor('moco', options)).toThrow(UsageError)
  expect(() => configFor('moco', options)).toThrow(message)
})

test('Wide-ResNets, which MMDetection does not have, are refused', () => {
  expect(() => configFor('torchvision', { arch: 'wide_resnet50_2' })).toThrow(UnsupportedError)
})

test('an unknown method is refused, with the most similar one', () => {
  expect(() => configFor('moko')).toThrow("There is no method 'moko'")
})
