/** Probing transformers and ConvNeXt: initialisation is recognised, under all names. */
import { beforeAll, describe, expect, test } from 'vitest'
// @ts-expect-error: a script without types
import { gaborFilters, trainedWeights } from '../../scripts/gabor.js'
import type { Architecture } from '../../src/families/family.ts'
import { FAMILIES } from '../../src/families/index.ts'
import { requireRunnable } from '../../src/probe/forward/network.ts'
import { type Looks, probeBackbone, quickProbe } from '../../src/probe/probe.ts'
import type { Tensor } from '../../src/tensor/tensor.ts'
import { randomIntegers } from '../helpers/random.ts'
import { tensorOf } from '../helpers/tensors.ts'

type State = Map<string, Tensor>
/** Numbers from 0 up to, but excluding, 1. */
function randomNumbers(seed: number): () => number {
  const roll = randomIntegers(seed)
  return () => roll(2 ** 24) / 2 ** 24
}

type Draw = (index: number, random: () => number) => number

const normal = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())

/** Normal, drawn again beyond a bound. */
const cutAt =
  (bound: number): Draw =>
  (_, random) => {
    for (;;) {
      const value = normal(random)
      if (Math.abs(value) <= bound) return 0.02 * value
    }
  }

const INITIAL = {
  'normal, as timm': cutAt(100),
  'truncated at one deviation, like BEiT': cutAt(1),
  "uniform, as Xavier's": (_, random) => 0.06 * (random() - 0.5),
} as const satisfies Record<string, Draw>

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1)

const isKernel = (name: string, shape: readonly number[]): boolean =>
  name.endsWith('.weight') && (shape.length === 2 || shape.length === 4)

const STEM =
  /^((rope|patch_embed|conv1|bn1|stem|downsample_layers\.0|pos_embeder|rel_pos_bias)\.|(cls|reg)_token$|pos_embed$)/

/** Two blocks of each stage are enough. */
const LATER_BLOCK = /(blocks\.|stages\.\d\.)([2-9]|\d\d)\./

/** A new network: random weights, scales 1, biases 0. */
function initialState(architecture: Architecture, draw: Draw): State {
  const random = randomNumbers(7)
  return new Map(
    architecture
      .tensors()
      .filter(({ name }) => !LATER_BLOCK.test(name))
      .map(({ name, shape, kind }) => {
        if (kind === 'int64') return [name, tensorOf('int64', BigInt64Array.of(0n) as never, shape)]
        const count = sizeOf(shape)
        const one = /(\.weight|running_var)$/.test(name) && shape.length === 1 ? 1 : 0
        const values = Float32Array.from({ length: count }, (_, index) =>
          isKernel(name, shape) ? draw(index, random) : one,
        )
        return [name, tensorOf('float32', values, shape, 2 ** 20)]
      }),
  )
}

/** Heavy tails, smooth filters, scales and biases that have changed. */
function train(state: State, firstLayer: string): State {
  return new Map(
    [...state].map(([name, tensor]) => {
      const { shape, dtype } = tensor
      const count = sizeOf(shape)
      if (dtype !== 'float32') return [name, tensor]
      const values = isKernel(name, shape)
        ? trainedWeights(count, 0.03, 1 + count)
        : Float32Array.from({ length: count }, (_, index) => 0.3 + 0.2 * Math.sin(index))
      const filters = name === firstLayer ? gaborFilters(shape[0], shape[2]) : values
      return [name, tensorOf('float32', filters, shape, 2 ** 20)]
    }),
  )
}

function familyOf(name: string): {
  readonly family: (typeof FAMILIES)[number]
  readonly smallest: Architecture
} {
  const family = FAMILIES.find(family => family.name === name)!
  return { family, smallest: family.architectures()[0]! }
}

const names = ['vit', 'convnext', 'xcit', 'swin'] as const

test.each(FAMILIES)('the layers that are probed in $title exist', ({ look, architectures }) => {
  for (const architecture of architectures()) {
    const tensors = architecture.tensors()
    const shape = tensors.find(({ name }) => name === look.firstLayer)?.shape
    expect(shape).toMatchObject([expect.any(Number), 3, expect.any(Number), expect.any(Number)])
    const stem = tensors.filter(({ name }) => look.stages.every(([pattern]) => !pattern.test(name)))
    expect(stem.map(({ name }) => name).filter(name => !STEM.test(name))).toEqual([])
  }
})

describe.each(names)('%s', name => {
  const { family, smallest } = familyOf(name)
  const { firstLayer } = family.look
  let initial: State
  let trained: State
  beforeAll(() => {
    initial = initialState(smallest, INITIAL['normal, as timm'])
    trained = train(initial, firstLayer)
  }, 60_000)

  test('as initialised, quickly and in full', async () => {
    const { looks, firstLayer, reasons } = await probeBackbone(initial)
    expect({ looks, name: firstLayer.name }).toEqual({ looks: 'random', name: family.look.firstLayer })
    expect(reasons.join('\n')).toMatch(/every (Layer|Batch)Norm is at initialisation/)
    expect(await quickProbe(initial)).toMatchObject({ looks: 'random' })
  }, 60_000)

  test('trained, except one stage', async () => {
    const { looks, stages, reasons } = await probeBackbone(trained)
    expect(reasons.join('\n')).toContain('no stage has weights distributed as at initialisation')
    expect({ looks, stem: stages[0]!.name }).toEqual({ looks: 'trained', stem: 'stem' })
    const { name } = stages.at(-1)!
    const state = new Map(
      [...trained].map(([key, tensor]) => [key, key.startsWith(`${name}.`) ? initial.get(key)! : tensor]),
    )
    const partly = await probeBackbone(state)
    expect(partly.looks).toBe('partly')
    expect(partly.stages.filter(({ looks }) => looks === 'atInit').map(({ name }) => name)).toEqual([name])
  }, 60_000)

  test('one NaN in a bias', async () => {
    const bias = [...trained.keys()].findLast(key => key.endsWith('.bias'))!
    const { shape } = trained.get(bias)!
    const state = new Map(trained)
    state.set(bias, tensorOf('float32', new Float32Array(shape[0]!).fill(Number.NaN), shape))
    expect((await quickProbe(state)).looks).toBe('broken')
  }, 60_000)
})

describe('a ViT', () => {
  const { family, smallest } = familyOf('vit')

  test.each(Object.entries(INITIAL))('%s, is random', async (_, draw) => {
    expect((await probeBackbone(initialState(smallest, draw))).looks).toBe('random')
  })

  test.each<[string, number, Looks]>([
    [
      "at MoCo v3's initialisation, which is never trained, is accepted",
      Math.sqrt(6 / (3 * 16 * 16 + 192)),
      'trained',
    ],
    ['with another magnitude is not', 0.02, 'partly'],
  ])('a patch embedding of noise %s', async (_, bound, looks) => {
    const state = train(initialState(smallest, INITIAL['normal, as timm']), family.look.firstLayer)
    const { shape } = state.get(family.look.firstLayer)!
    const random = randomNumbers(3)
    const values = Float32Array.from({ length: sizeOf(shape) }, () => bound * (2 * random() - 1))
    state.set(family.look.firstLayer, tensorOf('float32', values, shape, 2 ** 20))
    expect((await probeBackbone(state)).looks).toBe(looks)
  })

  test('trained weights with untrained normalisation', async () => {
    const initial = initialState(smallest, INITIAL['normal, as timm'])
    const trained = train(initial, family.look.firstLayer)
    for (const name of initial.keys())
      if (/^blocks\.0\..*(norm.*|bias)$|^blocks\.0\.norm/.test(name)) trained.set(name, initial.get(name)!)
    const { looks, stages } = await probeBackbone(trained)
    expect(looks).toBe('unclear')
    expect(stages.find(({ looks }) => looks === 'unclear')?.remark).toContain(
      'every LayerNorm is at initialisation',
    )
  })
})

test.each(['beit', 'swin-v2', 'xcit'])('%s is refused if it would have to be run', name => {
  const specs = familyOf(name).smallest.tensors()
  const state = new Map(
    specs.map(({ name, shape }) => [name, tensorOf('float32', new Float32Array(0), shape)]),
  )
  expect(() => requireRunnable(state)).toThrow(
    'Only ResNet, ViT, Swin and ConvNeXt can be run on images; this is a',
  )
})
