/**
 * The configs of transformers and ConvNeXt: the ones that MMDetection ships are reproduced value by value, except the
 * checkpoint; and what no tensor shows, or a class would silently ignore, is mentioned.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { type ConfigOptions, configFor } from '../../../src/convert/config.ts'
import { UnsupportedError, UsageError } from '../../../src/errors.ts'
import type { Facts } from '../../../src/families/family.ts'
import { ARCHITECTURES, FAMILIES } from '../../../src/families/index.ts'
import type { Generation, Schedule } from '../../../src/targets/mmdetection/versions.ts'
import { type Config, evaluate, FIXTURES } from '../../helpers/mmdet-configs.ts'
import { PYTHON } from '../../helpers/python.ts'
import { temporaryFolder } from '../../helpers/temporary.ts'

const folder = temporaryFolder()

/** An architecture with different facts, as a file may have them. */
function variant(name: string, facts: Facts) {
  const usual = ARCHITECTURES.find(each => each.name === name)!
  return Object.assign(Object.create(usual), { name, facts: { ...usual.facts, ...facts } })
}

describe.skipIf(!PYTHON)('the configs that MMDetection ships', () => {
  /** Our config for each, without what only belongs to its checkpoint. */
  function ours(mmdet: Generation, key: string): Config {
    const [arch, schedule, target] = key.split(' ') as [string, Schedule, 'vitdet' | undefined]
    const method = target ? 'mae' : arch === 'convnext-base' ? 'fcmae' : 'torchvision'
    const text = configFor(method, { mmdet, arch, schedule, target })
    expect(text, key).toMatch(/MMDetection\s+(# )?reports \d\d\.\d box AP and \d\d\.\d\s+(# )?mask AP/)
    const config = evaluate(folder, mmdet, new Map([[key, text]])).get(key)
    const { backbone } = config.model
    delete backbone.convert_weights
    backbone.init_cfg = { type: 'Pretrained' }
    return config
  }

  test.each(['3', '2'] as const)('%s.x: value by value', mmdet => {
    const { families } = JSON.parse(readFileSync(join(FIXTURES, `${mmdet}.json`), 'utf8'))
    expect(Object.keys(families).length).toBe(mmdet === '3' ? 6 : 4)
    for (const [key, official] of Object.entries<Config>(families)) {
      // Keeps loaders alive between epochs: it does not affect the training.
      if (official.data) delete official.data.persistent_workers
      expect(ours(mmdet, key), key).toEqual(official)
    }
  })
})

/** Every family, and the expected backbone. */
const CASES: readonly (readonly [title: string, method: string, options: ConfigOptions, backbone: object])[] =
  [
    [
      'MAE ViT-B',
      'mae',
      {},
      {
        type: 'mmpretrain.VisionTransformer',
        arch: 'base',
        img_size: 224,
        patch_size: 16,
        out_type: 'featmap',
        out_indices: [11],
      },
    ],
    [
      'DINO ViT-S/8, which has no name in MMPretrain',
      'dino',
      { arch: variant('vit-small', { patch: 8, positions: 785 }) },
      {
        arch: { embed_dims: 384, num_layers: 12, num_heads: 6, feedforward_channels: 1536 },
        img_size: 224,
        patch_size: 8,
      },
    ],
    ['MoCo v3 ViT-S, with 12 heads', 'moco-v3', { arch: 'vit-small' }, { arch: { num_heads: 12 } }],
    [
      'MAE-Lite, with 12 heads',
      'mae-lite',
      { arch: 'vit-tiny' },
      { arch: { embed_dims: 192, num_heads: 12 } },
    ],
    [
      "SSL4EO-S12's MoCo v3 ViT-S, with 6 heads",
      'moco-v3',
      { arch: variant('vit-small', { channels: 13 }) },
      { arch: { embed_dims: 384, num_heads: 6 }, in_channels: 13 },
    ],
    [
      'DINOv2, whose layer scales would be ignored',
      'dinov2',
      {},
      { img_size: 518, patch_size: 14, layer_scale_init_value: 1e-5, final_norm: true },
    ],
    [
      'DINOv2 g',
      'dinov2',
      { arch: 'vit-giant2' },
      { arch: 'dinov2-giant', layer_cfgs: { ffn_type: 'swiglu_fused' } },
    ],
    [
      'I-JEPA, without class token',
      'ijepa',
      {},
      { arch: 'huge', img_size: 224, patch_size: 14, with_cls_token: false },
    ],
    ['MAE in 2.x', 'mae', { mmdet: '2' }, { type: 'mmcls.VisionTransformer', output_cls_token: false }],
    [
      'MoBY',
      'moby',
      {},
      {
        type: 'SwinTransformer',
        embed_dims: 96,
        window_size: 7,
        convert_weights: false,
        drop_path_rate: 0.1,
      },
    ],
    ['SimMIM, of windows of 6', 'simmim', {}, { embed_dims: 128, num_heads: [4, 8, 16, 32], window_size: 6 }],
    [
      'EsViT with windows of 14, for which the last stage is too small',
      'esvit',
      { arch: variant('swin-tiny', { windows: [14, 14, 14, 7] }) },
      { window_size: 14 },
    ],
    [
      'FCMAE',
      'fcmae',
      {},
      {
        type: 'mmpretrain.ConvNeXt',
        arch: 'base',
        use_grn: true,
        layer_scale_init_value: 0,
        gap_before_final_norm: false,
      },
    ],
    [
      'ConvNeXt V1',
      'spark',
      { arch: 'convnext-small' },
      { arch: 'small', layer_scale_init_value: 1, drop_path_rate: 0.6 },
    ],
    [
      'Swin V2',
      'simmim',
      { arch: 'swin-v2-base' },
      { type: 'mmpretrain.SwinTransformerV2', arch: 'base', img_size: 192, window_size: [12, 12, 12, 6] },
    ],
    [
      "SSL4EO-S12's data2vec, of a size that MMPretrain has no name for",
      'data2vec',
      { arch: variant('beit-small', { channels: 13 }) },
      {
        type: 'mmpretrain.BEiTViT',
        arch: { embed_dims: 384, num_layers: 12, num_heads: 6, feedforward_channels: 1536 },
        in_channels: 13,
      },
    ],
    [
      'BEiT, with its one table',
      'simmim',
      { arch: 'beit-base' },
      { type: 'mmpretrain.BEiTViT', img_size: 224, use_shared_rel_pos_bias: true, use_rel_pos_bias: false },
    ],
    [
      'XCiT, without its class attention',
      'dino',
      { arch: 'xcit-small-12' },
      { type: 'mmpretrain.XCiT', out_indices: [11], out_type: 'featmap', tokens_norm: true },
    ],
    [
      'BEiT of 22k, with its one table',
      'beit',
      {},
      { type: 'mmpretrain.BEiTViT', arch: 'base', use_shared_rel_pos_bias: true, use_rel_pos_bias: false },
    ],
    [
      'EVA-02, whose eps the class does not have',
      'eva-02',
      {},
      {
        type: 'mmpretrain.ViTEVA02',
        arch: 'base',
        sub_ln: true,
        norm_cfg: { type: 'LN', eps: 1e-6 },
        img_size: 224,
        patch_size: 14,
        out_indices: [11],
      },
    ],
    [
      'DINOv2 with registers',
      'backbone',
      { arch: 'vit-small-reg' },
      {
        type: 'mmpretrain.TIMMBackbone',
        model_name: 'vit_small_patch14_reg4_dinov2',
        img_size: 518,
        dynamic_img_size: true,
      },
    ],
    [
      'ViTDet-L',
      'mae',
      { target: 'vitdet', arch: 'vit-large' },
      {
        type: 'ViT',
        embed_dim: 1024,
        depth: 24,
        num_heads: 16,
        drop_path_rate: 0.4,
        window_block_indexes: Array.from({ length: 24 }, (_, index) => index).filter(
          index => index % 6 !== 5,
        ),
      },
    ],
    [
      'ViTDet on MoCo v3',
      'moco-v3',
      { target: 'vitdet', arch: 'vit-small' },
      { num_heads: 12, embed_dim: 384 },
    ],
    [
      'ViTDet with positions for 384 pixels',
      'mae',
      { target: 'vitdet', arch: variant('vit-base', { positions: 577 }) },
      { pretrain_img_size: 384 },
    ],
  ]

describe.skipIf(!PYTHON)('every family', () => {
  const values = new Map<string, Config>()
  beforeAll(() => {
    for (const mmdet of ['2', '3'] as const) {
      const mine = CASES.filter(([, , options]) => (options.mmdet ?? '3') === mmdet)
      const texts = new Map(mine.map(([title, method, options]) => [title, configFor(method, options)]))
      for (const [title, config] of evaluate(folder, mmdet, texts)) values.set(title, config)
    }
  })

  test.each(CASES)('%s', (title, _, options, backbone) => {
    const config = values.get(title)
    expect(config.model.backbone).toMatchObject(backbone)
    expect(config.model.backbone).not.toHaveProperty('depth', 50)
    expect(config.model.backbone.init_cfg.prefix).toBeUndefined()
    const { lr, type } = (config.optim_wrapper ?? config).optimizer
    expect([lr, type]).toEqual([0.0001, 'AdamW'])
    const { type: home } = config.model.backbone
    const from = home.split('.')[0]
    if (home.includes('.')) expect(config.custom_imports.imports).toEqual([`${from}.models`])
    if (options.target !== 'vitdet') expect(warmUp(config)).toBe(1000)
  })

  test.each([
    ['backbone', 'vit-tiny', 3, 'Most ViT-Ti have 3'],
    ['backbone', 'vit-small', 3, 'Most ViT-Ti have 3'],
    ['mae', 'vit-small', 3, 'Most ViT-Ti have 3'],
    ['mae', 'vit-base', 3, undefined],
    ['moco-v3', 'vit-small', 13, 'that of SSL4EO-S12'],
    ['moco-v3', 'vit-small', 3, undefined],
    ['moco-v3', 'vit-base', 13, undefined],
    ['dino', 'vit-small', 13, undefined],
  ])(
    '%s %s with %i channels: a note where the number of heads may differ',
    (method, name, channels, words) => {
      const text = configFor(method, { arch: variant(name, { channels }) }).replaceAll(/\s+#?\s*/g, ' ')
      expect(text.includes('The tensors do not show the number of heads')).toBe(words !== undefined)
      if (words !== undefined) expect(text).toContain(words)
    },
  )

  test('a single feature map has anchors of all sizes, and heads with its stride', () => {
    for (const [title, stride] of [
      ['MAE ViT-B', 16],
      ['DINO ViT-S/8, which has no name in MMPretrain', 8],
      ['DINOv2, whose layer scales would be ignored', 14],
    ] as const) {
      const { neck, rpn_head, roi_head, data_preprocessor } = values.get(title).model
      expect(neck).toMatchObject({ type: 'FPN', num_outs: 1 })
      const { scales, strides } = rpn_head.anchor_generator
      expect([scales.length, strides]).toEqual([5, [stride]])
      expect(scales[0] * stride).toBeGreaterThanOrEqual(28)
      for (const extractor of [roi_head.bbox_roi_extractor, roi_head.mask_roi_extractor])
        expect(extractor.featmap_strides).toEqual([stride])
      expect(data_preprocessor.pad_size_divisor % stride).toBe(0)
    }
  })

  test('learning rates decrease from layer to layer, and normalisation has no weight decay', () => {
    const { custom_keys } = values.get('MAE ViT-B').optim_wrapper.paramwise_cfg
    const of = (key: string) => custom_keys[`backbone.${key}`]
    expect(of('layers.11.').lr_mult).toBeCloseTo(0.75, 12)
    expect(of('layers.0.').lr_mult).toBeCloseTo(0.75 ** 12, 12)
    expect(of('patch_embed').lr_mult).toBeCloseTo(0.75 ** 13, 12)
    expect(of('layers.10.ln')).toEqual({ lr_mult: expect.closeTo(0.75 ** 2, 12), decay_mult: 0 })
  })

  test('BEiT gets images of one size, in training and in testing', () => {
    const { train_dataloader, val_dataloader, model } = values.get('BEiT, with its one table')
    for (const { dataset } of [train_dataloader, val_dataloader]) {
      const pad = dataset.pipeline.find((step: Config) => step.type === 'Pad')
      expect(pad.size).toEqual([model.backbone.img_size, model.backbone.img_size])
    }
  })

  test('parameters that are not in the loss are declared', () => {
    expect(values.get('XCiT, without its class attention').find_unused_parameters).toBe(true)
  })

  test('RetinaNet uses the last three feature maps, and no others are computed', () => {
    const text = configFor('moby', { detector: 'retinanet' })
    const { model, optim_wrapper } = evaluate(folder, '3', new Map([['it', text]])).get('it')
    expect(model.backbone.out_indices).toEqual([1, 2, 3])
    expect(model.neck).toMatchObject({ in_channels: [192, 384, 768], start_level: 0, num_outs: 5 })
    expect(optim_wrapper.optimizer.lr).toBe(0.0001)
  })

  // timm's feature_info.channels() of regnety_320, the architecture of SEER's smallest network.
  test("SEER's RegNetY has timm's channels, and BatchNorm over all GPUs", () => {
    const text = configFor('vissl', { arch: 'regnety_320' })
    const { model, optim_wrapper, sync_bn } = evaluate(folder, '3', new Map([['it', text]])).get('it')
    expect(model.backbone).toMatchObject({ model_name: 'regnety_320', out_indices: [1, 2, 3, 4] })
    expect(model.neck.in_channels).toEqual([232, 696, 1392, 3712])
    expect([optim_wrapper.optimizer.type, optim_wrapper.optimizer.lr, sync_bn]).toEqual([
      'SGD',
      0.02,
      'torch',
    ])
  })

  test('if nothing shows how images were normalised, it says so', () => {
    const said = (method: string, arch: string) => configFor(method, { arch }).replaceAll(/\n\s*# /g, ' ')
    expect(said('backbone', 'beit-base')).toContain("write the config of such a file with 'config beit'")
    expect(said('transformers', 'eva02-base')).toContain("with 'config eva-02'")
    expect(said('backbone', 'vit-small')).toContain("('config moco-v3' sets it)")
    expect(said('dino', 'vit-small')).not.toContain('moco-v3')
    expect(said('beit', 'beit-base')).toMatch(/So on ImageNet-22k.*mean=\[127\.5, 127\.5, 127\.5\]/s)
    expect(said('data2vec', 'beit-base')).not.toContain('127.5')
  })

  test('fewer images: a smaller learning rate, and for ViTDet more steps with as many images in total', () => {
    const texts = new Map([
      ['swin', configFor('moby', { gpus: 1 })],
      ['vitdet', configFor('mae', { target: 'vitdet', gpus: 8 })],
    ])
    const found = evaluate(folder, '3', texts)
    expect(found.get('swin').optim_wrapper.optimizer.lr).toBeCloseTo(0.0000125, 12)
    expect(found.get('swin').auto_scale_lr.base_batch_size).toBe(2)
    const { optim_wrapper, auto_scale_lr, train_cfg, param_scheduler } = found.get('vitdet')
    expect(optim_wrapper.optimizer.lr).toBeCloseTo(0.00005, 12)
    expect(auto_scale_lr.base_batch_size).toBe(32)
    expect([train_cfg.max_iters, param_scheduler[1].milestones]).toEqual([368750, [327778, 355092]])
  })

  // mmcv's imnormalize subtracts with OpenCV, which takes a value for each of 13 channels; its impad takes at most four.
  test.each([
    ['2', 1, { color_type: 'grayscale' }],
    ['2', 13, { color_type: 'unchanged' }],
    ['3', 1, { color_type: 'grayscale' }],
    ['3', 4, { color_type: 'unchanged', imdecode_backend: 'tifffile' }],
    ['3', 13, { color_type: 'unchanged', imdecode_backend: 'tifffile' }],
  ] as const)('%s.x: a ResNet for %i channels: images are loaded and normalised', (mmdet, channels, load) => {
    const arch = FAMILIES[0]!
      .architectures(new Map([['conv1.weight', { shape: [64, channels, 7, 7] }]]))
      .find(({ name }) => name === 'resnet50')!
    const text = configFor('moco', { arch, mmdet })
    const found = evaluate(folder, mmdet, new Map([['it', text]])).get('it')
    const [mean, std] = [0, 1].map(value => Array(channels).fill(value))
    expect(found).toMatchObject({ channel_mean: mean, channel_std: std })
    expect(found.model.backbone.in_channels).toBe(channels)
    for (const [first, ...others] of pipelinesOf(found)) {
      expect(first).toMatchObject({ type: 'LoadImageFromFile', to_float32: true, ...load })
      const steps = others.flatMap(step => step.transforms ?? [step])
      expect(steps).toContainEqual({ type: 'Normalize', mean, std, to_rgb: false })
    }
    expect(JSON.stringify(pipelinesOf(found)).includes('"Pad"')).toBe(mmdet === '2')
    expect(text.includes('register your own')).toBe(mmdet === '2' && channels === 13)
  })

  test('ViTDet for 13 channels has its own pipelines, so the config says what to change in them', () => {
    const arch = FAMILIES.flatMap(family =>
      family.architectures(new Map([['patch_embed.proj.weight', { shape: [768, 13, 16, 16] }]])),
    ).find(({ name }) => name === 'vit-base')!
    const text = configFor('mae', { arch, target: 'vitdet' })
    expect(text.replaceAll(/\n +# /g, ' ')).toContain("imdecode_backend='tifffile'. Their Pad fails")
    expect(text).not.toContain('channel_mean')
  })
})

/** For training and testing, in both generations. */
function pipelinesOf({ data, train_dataloader: train, test_dataloader: test }: Config): Config[][] {
  return data ? [data.train.pipeline, data.test.pipeline] : [train.dataset.pipeline, test.dataset.pipeline]
}

function warmUp({ param_scheduler, lr_config }: Config): number {
  return param_scheduler?.[0].end ?? lr_config.warmup_iters
}

test.each<[string, string, ConfigOptions, typeof UsageError | typeof UnsupportedError, string]>([
  ['DINOv2 in 2.x', 'dinov2', { mmdet: '2' }, UnsupportedError, 'LayerScale'],
  ['ConvNeXt V2 in 2.x', 'fcmae', { mmdet: '2' }, UnsupportedError, 'ConvNeXt V1'],
  ['BEiT in 2.x', 'simmim', { mmdet: '2', arch: 'beit-base' }, UnsupportedError, 'MMClassification'],
  ['XCiT in 2.x', 'dino', { mmdet: '2', arch: 'xcit-small-12' }, UnsupportedError, 'MMClassification'],
  ['EVA-02 in 2.x', 'eva-02', { mmdet: '2' }, UnsupportedError, 'MMClassification'],
  ['registers in 2.x', 'backbone', { mmdet: '2', arch: 'vit-base-reg' }, UnsupportedError, 'no registers'],
  ['ViTDet in 2.x', 'mae', { mmdet: '2', target: 'vitdet' }, UnsupportedError, 'no ViTDet'],
  ['ViTDet on DINOv2', 'dinov2', { target: 'vitdet' }, UnsupportedError, 'LayerScale'],
  [
    'ViTDet on patches of 14',
    'mae',
    { target: 'vitdet', arch: 'vit-huge' },
    UnsupportedError,
    'patches of 16',
  ],
  ['ViTDet on a Swin', 'moby', { target: 'vitdet' }, UnsupportedError, 'no config for a Swin-T'],
  [
    'ViTDet for RetinaNet',
    'mae',
    { target: 'vitdet', detector: 'retinanet' },
    UnsupportedError,
    'Mask R-CNN',
  ],
  [
    'ViTDet outside a clone',
    'mae',
    { target: 'vitdet', base: 'mmdet::' },
    UsageError,
    'a clone of MMDetection',
  ],
  ['frozen layers in ViTDet', 'mae', { target: 'vitdet', frozenStages: 1 }, UsageError, 'cannot freeze'],
  ['RetinaNet on a ViT', 'mae', { detector: 'retinanet' }, UnsupportedError, 'needs a pyramid'],
  ['a recipe for BatchNorm', 'moby', { recipe: 'moco' }, UsageError, 'sets the BatchNorm'],
  ['many sizes for BEiT', 'simmim', { arch: 'beit-base', schedule: 'ms-3x' }, UsageError, 'only accepts one'],
])('%s is refused', (_, method, options, kind, message) => {
  expect(() => configFor(method, options)).toThrow(kind)
  expect(() => configFor(method, options)).toThrow(message)
})

test('lines are at most 79 columns long', () => {
  for (const [, method, options] of CASES)
    for (const line of configFor(method, options).split('\n'))
      expect(line.length, line).toBeLessThanOrEqual(79)
})

test.each([
  ['resnet50d', 'ResNetV1d', {}],
  ['resnet101-mit', 'ResNet', { depth: 101, deep_stem: 'True', stem_channels: 128 }],
  ['resnest101', 'ResNeSt', { depth: 101, radix: 2, reduction_factor: 4, avg_down_stride: 'True' }],
  ['res2net101d', 'mmpretrain.Res2Net', { depth: 101, scales: 4, base_width: 26 }],
] as const)('%s is a %s', (arch, type, settings) => {
  const text = configFor('moco', { arch })
  if (type !== 'ResNet') expect(text).toContain(`type='${type}'`)
  for (const [name, value] of Object.entries(settings))
    expect(text).toMatch(new RegExp(`${name}=${value}\\b`))
})
