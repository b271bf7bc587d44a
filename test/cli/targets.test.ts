/** A ViT for two loaders: each file is compared with its source, converted for the same loader. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { writeBackbone } from '../../src/convert/decide.ts'
import { ToolError, UnsupportedError } from '../../src/errors.ts'
import { adviceToType } from '../../src/explain/command-line.ts'
import { decideOrThrow } from '../../src/explain/decide.ts'
import { WRITERS } from '../../src/formats/index.ts'
import { createFile } from '../../src/node/file-sink.ts'
import { elementCount, type StateDict, type Tensor } from '../../src/tensor/tensor.ts'
import { runHere } from '../helpers/cli.ts'
import { readSource } from '../helpers/family-lists.ts'
import { temporaryFolder } from '../helpers/temporary.ts'
import { tensorOf } from '../helpers/tensors.ts'

const folder = temporaryFolder()
const path = (name: string): string => join(folder, name)
const list = readSource('dino_vits16_pretrain')
const source = { ...list, sections: new Map([['', numbers(list.sections.get('')!)]]) }

/** Patterned bits include NaN: these are numbers without defects. */
function numbers(state: StateDict): StateDict {
  return new Map([...state].map(([name, { shape }], at) => [name, numbered(shape, at + 1)]))
}

function numbered(shape: readonly number[], first: number): Tensor {
  const values = Float32Array.from(
    { length: elementCount(shape) },
    (_, index) => ((first + index) % 251) / 251,
  )
  return tensorOf('float32', values, shape, 1 << 20)
}

beforeAll(async () => {
  const sink = await createFile(path('source.pth'))
  await WRITERS.zip(source.sections.get('')!, {}, sink, { section: 'state_dict' })
  await sink.finish()
  for (const target of ['mmdetection', 'vitdet', 'both'])
    await writeBackbone(decideOrThrow(source, { target }), await createFile(path(`${target}.pth`)))
})

test.each([
  ['mmdetection', 150],
  ['vitdet', 147],
])('a file for %s is verified against its source', async (target, tensors) => {
  const { out } = await runHere('verify', path(`${target}.pth`), '--against', path('source.pth'))
  expect(out).toContain(`ViT-S: ${tensors} of ${tensors} tensors`)
  expect(out.replace(/\s+/g, ' ')).toContain(
    `all ${tensors} tensors are identical to ${path('source.pth')}, bit for bit`,
  )
})

test('other names of an architecture are understood, also of a variant', async () => {
  const { out, err } = await runHere('verify', path('mmdetection.pth'), '--arch', 'ViT-S/16')
  expect(err).toBe('')
  expect(out).toContain('ViT-S: 150 of 150 tensors')
})

test('a config for the other loader is refused with this reason', async () => {
  const config = ['config', 'dino', '--checkpoint', path('mmdetection.pth')]
  expect((await runHere(...config)).out).toContain("type='mmpretrain.VisionTransformer'")
  expect(await runHere(...config, '--target', 'vitdet')).toMatchObject({
    code: 1,
    err: expect.stringMatching(
      /mmdetection\.pth was converted for mmdetection, not for vitdet\.\nConvert the source again for that target, or omit --target\.\n$/,
    ),
  })
})

test('two files without common names: the printed line compares a backbone with its source', async () => {
  const { code, out } = await runHere('diff', path('mmdetection.pth'), path('source.pth'))
  expect(code).toBe(1)
  const line = /^ {2}selfsup2mmdet (verify .*)$/m.exec(out)?.[1]
  expect(line).toBe(`verify ${path('mmdetection.pth')} --against ${path('source.pth')}`)
})

/** Writes a file with the given tensors, for the given loaders. */
async function write(
  name: string,
  sections: Readonly<Record<string, StateDict>>,
  target?: string,
): Promise<string> {
  const [[section, state], ...others] = Object.entries(sections) as [
    [string, StateDict],
    ...[string, StateDict][],
  ]
  const sink = await createFile(path(name), { overwrite: true })
  const meta = target === undefined ? {} : { selfsup2mmdet: '0.1.0', target }
  await WRITERS.zip(state, meta, sink, { section, also: new Map(others) })
  await sink.finish()
  return path(name)
}

const flat = (text: string): string => text.replace(/\s+/g, ' ')

describe('one file for both', () => {
  const { plan, also } = decideOrThrow(source, { target: 'both' })
  const [model] = also.map(other => other.plan.kept) as [StateDict]

  test('has the same tensors in each dictionary as the file for that loader, and their bytes only once', async () => {
    const own = decideOrThrow(source, { target: 'vitdet' }).plan.kept
    expect([...model.keys()]).toEqual([...own.keys()])
    for (const [name, section] of [
      ['mmdetection.pth', 'state_dict'],
      ['vitdet.pth', 'model'],
    ] as const) {
      const { code, out } = await runHere('diff', path('both.pth'), path(name), '--section', section)
      expect([code, out]).toEqual([0, expect.stringMatching(/^all (150|147) tensors are identical/)])
    }
    expect(statSync(path('both.pth')).size - statSync(path('mmdetection.pth')).size).toBeLessThan(40_000)
  })

  test('is verified for both, and against its source', async () => {
    const { code, out } = await runHere('verify', path('both.pth'), '--against', path('source.pth'))
    expect(code).toBe(0)
    expect(out).toMatch(/^backbone +ViT-S: 150 of 150 tensors$/m)
    expect(out).toMatch(/^vitdet +ViT-S: 147 of 147 tensors$/m)
    expect(flat(out)).toMatch(
      /against all 150 tensors are identical .* against all 147 tensors are identical/,
    )
    expect(out).toMatch(/^ok +MMDetection will load the whole backbone, with either class/m)
    const json = JSON.parse((await runHere('verify', path('both.pth'), '--json')).out)
    expect(json).toMatchObject({ good: true, target: 'mmdetection', report: { present: 150 } })
    expect(json.also).toMatchObject([{ target: 'vitdet', report: { present: 147, complete: true } }])
  })

  function changed(state: StateDict, name: string, to: (tensor: Tensor) => [string, Tensor][]): StateDict {
    return new Map([...state].flatMap(([each, tensor]) => (each === name ? to(tensor) : [[each, tensor]])))
  }

  function nan({ shape }: Tensor): Tensor {
    return tensorOf('float32', new Float32Array(elementCount(shape)).fill(Number.NaN), shape)
  }

  test.each<[string, StateDict, StateDict, string]>([
    [
      'a name in model',
      plan.kept,
      changed(model, 'blocks.3.norm1.weight', tensor => [['blocks.3.norm3.weight', tensor]]),
      'for vitdet: 1 tensor missing',
    ],
    ['a name in state_dict', changed(plan.kept, 'layers.3.ln1.bias', () => []), model, '1 tensor missing'],
    [
      'values only in model',
      plan.kept,
      changed(model, 'blocks.3.norm1.weight', tensor => [['blocks.3.norm1.weight', nan(tensor)]]),
      'for vitdet: 1 tensor with invalid values',
    ],
  ])('fails if one part is wrong: %s', async (_, state, model, reason) => {
    const file = await write('wrong.pth', { state_dict: state, model }, 'both')
    const { code, out } = await runHere('verify', file)
    expect([code, out]).toEqual([1, expect.stringMatching(new RegExp(`^failed +${reason}$`, 'm'))])
  })

  test('different values in one of them are found with the source', async () => {
    const other = changed(model, 'blocks.3.norm1.weight', tensor => [
      ['blocks.3.norm1.weight', numbered(tensor.shape, 99)],
    ])
    const file = await write('other.pth', { state_dict: plan.kept, model: other }, 'both')
    expect((await runHere('verify', file)).code).toBe(0)
    const { code, out } = await runHere('verify', file, '--against', path('source.pth'))
    expect(code).toBe(1)
    expect(out).toMatch(/^failed +for vitdet: it differs from its source$/m)
  })

  test('its config is for MMPretrain, or for ViTDet on request', async () => {
    const config = ['config', 'dino', '--checkpoint', path('both.pth')]
    expect((await runHere(...config)).out).toContain("type='mmpretrain.VisionTransformer'")
    expect((await runHere(...config, '--target', 'vitdet')).out).toContain("type='ViT'")
    const beside = path('beside.py')
    const { out } = await runHere(
      path('source.pth'),
      path('again.pth'),
      '--target',
      'both',
      '--config',
      beside,
    )
    expect(flat(out)).toContain("147 of them also in 'model', for MMDetection's projects/ViTDet")
    expect(readFileSync(beside, 'utf8')).toContain("type='mmpretrain.VisionTransformer'")
  })

  test('is converted again like any other file', async () => {
    const { code, err } = await runHere(path('both.pth'), path('single.pth'), '--target', 'vitdet')
    expect([code, err]).toEqual([0, ''])
    expect((await runHere('diff', path('single.pth'), path('vitdet.pth'))).code).toBe(0)
  })

  test('safetensors can hold only one dictionary', async () => {
    for (const more of [[], ['--dry-run']]) {
      const { code, err } = await runHere(
        path('source.pth'),
        path('both.safetensors'),
        '--target',
        'both',
        ...more,
      )
      expect([code, flat(err)]).toEqual([
        2,
        expect.stringMatching(
          /one dictionary of tensors.* End the name .* --target mmdetection or --target vitdet\. $/,
        ),
      ])
    }
    expect(existsSync(path('both.safetensors'))).toBe(false)
  })
})

test.each([
  ['dinov2_vits14_pretrain', 'has LayerScale, which ViTDet does not have', 'mmdetection'],
  ['beit_base_patch16_224_pt22k', 'projects/ViTDet cannot load', 'mmdetection'],
  ['timm_vit_small_patch14_reg4_dinov2.lvd142m', 'projects/ViTDet cannot load', 'mmdetection'],
  ['moby_swin_tiny', "Swin-T, which MMDetection's projects/ViTDet cannot load", 'mmdetection'],
])('no file for both of %s, and the target that works', (name, because, target) => {
  const network = readSource(name)
  const explained = errorOf(() => decideOrThrow(network, { target: 'both' }))
  expect(explained).toBeInstanceOf(UnsupportedError)
  expect(explained.message).toContain(because)
  expect(adviceToType(explained)).toMatch(new RegExp(`[Uu]se --target ${target}\\.$`))
  expect(decideOrThrow(network, { target }).also).toEqual([])
})

function errorOf(act: () => unknown): ToolError {
  try {
    act()
  } catch (error) {
    if (error instanceof ToolError) return error
  }
  throw new Error('no refusal')
}

test('a network that a class cannot represent fails verification, whatever its names', async () => {
  const { kept } = decideOrThrow(readSource('dinov2_vits14_pretrain')).plan
  const names = new Map(
    [...readSource('dinov2_vits14_pretrain').sections.get('')!].filter(
      ([name]) => !/^(cls|mask|norm)/.test(name),
    ),
  )
  expect(kept.size).toBe(names.size + 3)
  const file = await write('scaled.pth', { model: names })
  const { code, out } = await runHere('verify', file, '--target', 'vitdet')
  expect([code, flat(out)]).toEqual([
    1,
    expect.stringMatching(/failed this ViT-S has LayerScale, which ViTDet does not/),
  ])
})

describe('what a loader would not find fails verification', () => {
  const state = source.sections.get('')!

  test.each([
    [
      "timm's names for MMPretrain's class",
      { state_dict: state },
      [],
      "does not contain a backbone under MMDetection's",
    ],
    [
      'a file for ViTDet without model',
      { state_dict: state },
      ['--target', 'vitdet'],
      "tensors must be in 'model'",
    ],
  ])('%s', async (_, sections, options, words) => {
    const file = await write('unread.pth', sections)
    const { code, err } = await runHere('verify', file, ...options)
    expect(code).toBe(1)
    expect(err).toContain(words)
    const line = /^ {2}selfsup2mmdet (.*) backbone\.pth(.*)$/m.exec(err)
    expect(line?.slice(1)).toEqual([file, options.length > 0 ? ' --target vitdet' : ''])
  })
})
