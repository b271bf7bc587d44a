/**
 * `config`, and `--config` during a conversion: files are complete or absent, and mistakes are reported before anything is
 * written.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { memorySink } from '../../src/bytes/sink.ts'
import { main } from '../../src/cli/main.ts'
import { configFor } from '../../src/convert/config.ts'
import { ARCHITECTURES } from '../../src/families/index.ts'
import { writeSafetensors } from '../../src/formats/safetensors/write.ts'
import { METHODS } from '../../src/methods/index.ts'
import { freshBackbone } from '../helpers/backbones.ts'
import { runHere } from '../helpers/cli.ts'
import { expanded, network, stateDict, writeExpanded } from '../helpers/expanded.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

const MOCO = join(import.meta.dirname, '../../fixtures/checkpoints/moco_v2.pth.tar')
const folder = temporaryFolder()
/** A ResNet-18 in MoCo's format: half the size. */
const SMALL = writeExpanded(join(folder, 'small.pth.tar'), {
  state_dict: stateDict({
    ...network('resnet18', 'module.encoder_q.'),
    ...network('resnet18', 'module.encoder_k.'),
    'module.encoder_q.fc.weight': expanded([128, 512]),
    'module.encoder_q.fc.bias': expanded([128]),
    'module.queue': expanded([128, 65536]),
    'module.queue_ptr': expanded([1], 'LongStorage'),
  }),
})

test('prints the config', async () => {
  expect(await runHere('config', 'moco')).toEqual({ code: 0, out: configFor('moco'), err: '' })
})

test('passes on all options', async () => {
  const said =
    '--mmdet 2 --detector faster-rcnn --schedule 2x --recipe moco --arch resnet101 --frozen-stages -1'
  const more = '--gpus 4 --batch-size 4 --classes 5 --data-root /d --base ../b --checkpoint x.pth'
  expect((await runHere('config', 'swav', ...said.split(' '), ...more.split(' '))).out).toBe(
    configFor('swav', {
      mmdet: '2',
      detector: 'faster-rcnn',
      schedule: '2x',
      recipe: 'moco',
      arch: 'resnet101',
      frozenStages: -1,
      gpus: 4,
      batchSize: 4,
      classes: 5,
      dataRoot: '/d',
      base: '../b',
      checkpoint: 'x.pth',
    }),
  )
})

/** The file without the checksum in its last line. */
function unsealed(path: string): string {
  return readFileSync(path, 'utf8').replace(/# Written by .*\n$/, '')
}

test('writes it to a file, and as JSON', async () => {
  const path = join(folder, 'config.py')
  const { out } = await runHere('config', 'moco', '--out', path)
  expect(out).toBe(`wrote ${path}\n`)
  expect(unsealed(path)).toBe(configFor('moco'))
  expect(JSON.parse((await runHere('config', 'moco', '--json')).out)).toEqual({
    schema: 'selfsup2mmdet/config/1',
    method: 'moco',
    config: configFor('moco'),
    file: null,
  })
})

test.each([
  [['config', 'moko'], "There is no method 'moko'"],
  [['config', 'moco', '--gpus', 'two'], "--gpus: expected a whole number, found 'two'."],
  [['config', 'moco', '--mmdet', '4'], 'The MMDetection versions are: 2, 3.'],
  [['config', 'moco', '--mmdet', '2', '--base', 'mmdet::'], 'needs MMDetection 3.x'],
  [['config', 'moco', '--recipe', 'mmselfsup', '--detector', 'retinanet'], 'R-CNN heads'],
  [['config', 'moco', '--out', '/nowhere/at/all.py'], 'does not exist'],
])('%j is refused', async (args, message) => {
  const { code, err, out } = await runHere(...args)
  expect({ code, out }).toEqual({ code: 2, out: '' })
  expect(err).toContain(message)
})

test('a conversion writes the config for what it found', async () => {
  const [checkpoint, config] = [join(folder, 'moco.pth'), join(folder, 'moco.py')]
  const { code, out } = await runHere(SMALL, checkpoint, '--config', config, '--mmdet', '2', '--json')
  expect(code).toBe(0)
  expect(JSON.parse(out).config).toBe(config)
  expect(unsealed(config)).toBe(configFor('moco', { mmdet: '2', checkpoint, arch: 'resnet18' }))
})

test('a missing folder for the config is reported before anything is written', async () => {
  const out = join(folder, 'unwritten.pth')
  const ran = await runHere(MOCO, out, '--config', join(folder, 'none/config.py'))
  expect(ran).toMatchObject({ code: 2, err: expect.stringContaining('/none does not exist') })
  expect(existsSync(out)).toBe(false)
})

test('--mmdet without --config is refused, and --quiet with --verbose', async () => {
  const out = join(folder, 'unwritten.pth')
  expect((await runHere(MOCO, out, '--mmdet', '2')).err).toContain('--mmdet requires --config')
  expect((await runHere(MOCO, out, '-q', '-v')).err).toContain('cannot be combined')
  expect(existsSync(out)).toBe(false)
})

test('a conversion that fails writes no config', async () => {
  const config = join(folder, 'never.py')
  expect((await runHere(MOCO, join(folder, 'never.pth'), '--config', config, '--selfsup', 'swav')).code).toBe(
    1,
  )
  expect(existsSync(config)).toBe(false)
})

/** What goes to standard error in a terminal. */
async function inTerminal(...args: string[]): Promise<string> {
  let err = ''
  const io = {
    out() {},
    err(text: string) {
      err += text
    },
    outIsTerminal: true,
    errIsTerminal: true,
    env: {},
  }
  expect(await main(args, io)).toBe(0)
  return err
}

test('in a terminal the next step is printed, in a script it is not', async () => {
  const path = join(folder, "it's.pth")
  const err = await inTerminal(SMALL, path)
  expect(err).toContain(`checkpoint="${path}"`)
  expect(err).toContain(
    `selfsup2mmdet config moco --checkpoint '${path.replaceAll("'", "'\\''")}' --out config.py`,
  )
  expect((await runHere(SMALL, path)).err).not.toContain('Next')
})

test.each([
  ['vit-tiny', 'mmdetection', "type='mmpretrain.VisionTransformer'"],
  ['vit-tiny', 'vitdet', "type='ViT'"],
  ['convnext-atto', 'mmdetection', "type='mmpretrain.ConvNeXt'"],
])('the printed command works: %s for %s', async (name, target, type) => {
  const [source, path] = [join(folder, `${name}.pth.tar`), join(folder, `${name}-${target}.pth`)]
  writeExpanded(source, { state_dict: stateDict(network(name, 'backbone.')) })
  const err = await inTerminal(source, path, '--target', target)
  const [, command] = /selfsup2mmdet (config .*) --out config\.py/.exec(err) ?? [err, err]
  const { code, out } = await runHere(...command!.split(' '))
  expect(code).toBe(0)
  expect(out).toContain(type)
  expect(out).toContain(`checkpoint='${path}'`)
})

describe('an existing checkpoint', () => {
  const FIXTURES = join(import.meta.dirname, '../../fixtures/')
  const swav = join(folder, 'swav-own.pth')
  const told = (...args: string[]) => runHere('config', ...args, '--checkpoint', swav)

  test('determines the method and the architecture', async () => {
    await runHere(join(FIXTURES, 'checkpoints/swav_released.pth.tar'), swav)
    const expected = configFor('swav', { checkpoint: swav })
    for (const name of ['backbone', 'mmdetection', 'swav']) expect((await told(name)).out).toBe(expected)
    expect((await told('swav', '--arch', 'resnet50')).out).toBe(expected)
    expect(JSON.parse((await told('backbone', '--json')).out).method).toBe('swav')
  })

  test('is compared with what was given', async () => {
    const [method, arch] = [await told('moco'), await told('swav', '--arch', 'resnet101')]
    expect(method).toMatchObject({ code: 2, out: '' })
    expect(method.err).toContain(
      `was converted from a swav checkpoint, not from moco.\nUse that method, or another checkpoint:\n  selfsup2mmdet config swav --checkpoint ${swav}\n`,
    )
    expect(arch).toMatchObject({ code: 2, out: '' })
    expect(arch.err).toContain('contains a ResNet-50, not a resnet101.')
  })

  test('must be one that MMDetection loads completely', async () => {
    const file = join(folder, 'never-written.py')
    const ofKind = async (checkpoint: string) =>
      await runHere('config', 'moco', '--checkpoint', checkpoint, '--out', file)
    const raw = await ofKind(MOCO)
    expect(raw.code).toBe(1)
    expect(raw.err).toContain('is not a backbone that MMDetection would load completely')
    const safetensors = join(folder, 'moco.safetensors')
    await runHere(SMALL, safetensors)
    expect(await runHere('config', 'moco', '--checkpoint', safetensors)).toMatchObject({
      code: 0,
      out: expect.stringContaining('# Only the newest PyTorch versions load safetensors'),
    })
    expect((await ofKind(folder)).code).toBe(2)
    expect(existsSync(file)).toBe(false)
  })

  test('with another architecture gets the config for that one', async () => {
    const [source, own] = [join(folder, 'r18.safetensors'), join(folder, 'r18.pth')]
    const sink = memorySink(source)
    await writeSafetensors(freshBackbone(ARCHITECTURES.find(({ name }) => name === 'resnet18')!), {}, sink)
    writeFileSync(source, sink.bytes())
    expect((await runHere(source, own)).code).toBe(0)
    // The file does not say how it was trained: the user may know.
    for (const name of ['backbone', 'moco'])
      expect((await runHere('config', name, '--checkpoint', own)).out).toBe(
        configFor(name, { checkpoint: own, arch: 'resnet18' }),
      )
  })

  test('with a head in it does no harm', async () => {
    const own = join(folder, 'with-head.pth')
    await runHere(SMALL, own, '--keep-head')
    expect((await runHere('config', 'backbone', '--checkpoint', own)).out).toBe(
      configFor('moco', { checkpoint: own, arch: 'resnet18' }),
    )
  })
})

describe('class names', () => {
  const root = join(folder, 'data')
  mkdirSync(join(root, 'annotations'), { recursive: true })
  const categories = ['cat', 'dog', 'cow'].map((name, id) => ({ id, name }))
  writeFileSync(join(root, 'annotations/instances_val2017.json'), JSON.stringify({ images: [], categories }))
  const said = (...args: string[]) => runHere('config', 'moco', ...args)

  test('are given, or read from the annotations', async () => {
    const named = configFor('moco', { classes: ['cat', 'dog', 'cow'], dataRoot: root })
    expect((await said('--classes', 'cat,dog,cow', '--data-root', root)).out).toBe(named)
    expect((await said('--data-root', root)).out).toBe(named)
    expect((await said('--classes', '3', '--data-root', root)).out).toBe(named)
    expect((await said('--classes', 'cat, dog')).out).toBe(configFor('moco', { classes: ['cat', 'dog'] }))
    expect(named).toContain("metainfo = dict(classes=('cat', 'dog', 'cow'))")
    expect((await said('--data-root', '/not/there')).out).toBe(configFor('moco', { dataRoot: '/not/there' }))
  })

  test('and with training annotations, the images are counted, for schedules in iterations', async () => {
    const root = join(folder, 'training')
    mkdirSync(join(root, 'annotations'), { recursive: true })
    // Of 700 images, 640 have annotations: MMDetection skips the others.
    const images = Array.from({ length: 700 }, (_, id) => ({ id }))
    const annotations = Array.from({ length: 1280 }, (_, id) => ({ id, image_id: id % 640, category_id: 0 }))
    writeFileSync(
      join(root, 'annotations/instances_train2017.json'),
      JSON.stringify({ images, annotations, categories }),
    )
    const { out } = await runHere('config', 'mae', '--target', 'vitdet', '--data-root', root, '--gpus', '1')
    expect(out).toBe(
      configFor('mae', {
        target: 'vitdet',
        dataRoot: root,
        gpus: 1,
        classes: ['cat', 'dog', 'cow'],
        images: 640,
      }),
    )
    expect(out).toContain('# 100 epochs of 640 images, 4 per step.\ntrain_cfg = dict(max_iters=16000,')
  })

  test.each([
    [['--classes', '4', '--data-root', root], 'has 3: cat, dog, cow.'],
    [['--classes', 'cat,horse', '--data-root', root], 'does not have horse; it has cat, dog, cow.'],
    [['--classes', 'cat,cat'], 'expected a number, different names, or a file of annotations'],
  ])('%j is refused', async (args, message) => {
    const { code, err } = await said(...args)
    expect(code).toBe(2)
    expect(err).toContain(message)
  })
})

test('every method has a phrase for the sentence in the config', () => {
  for (const { name } of METHODS) {
    const [, trained = ''] =
      /trained with (.*?), for MMDetection/.exec(configFor(name).replaceAll('\n# ', ' ')) ?? []
    expect(trained, name).not.toMatch(/^$|^A | and (?!timm)|:/)
  }
  expect(configFor('backbone').replaceAll('\n# ', ' ')).toContain('trained with an unknown method, for')
  expect(configFor('torchvision').replaceAll('\n# ', ' ')).toContain(
    'trained with labels, as torchvision and timm do, or a method that its file does not name',
  )
})
