/** Probing a backbone: filters and noise are distinguished, numbers are right, and the picture shows the filters. */
import { inflateSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
// @ts-expect-error: a script without types
import { gaborFilters, noiseFilters, trainedWeights } from '../../scripts/gabor.js'
import { UnsupportedError } from '../../src/errors.ts'
import { resnetFamily } from '../../src/families/resnet.ts'
import { describeFilters, readFirstLayer } from '../../src/probe/first-layer.ts'
import { drawFilters } from '../../src/probe/picture.ts'
import { encodePng } from '../../src/probe/png.ts'
import { type Looks, probeBackbone, quickProbe } from '../../src/probe/probe.ts'
import { readStages } from '../../src/probe/stages.ts'
import type { Tensor } from '../../src/tensor/tensor.ts'
import { floats, tensorOf } from '../helpers/tensors.ts'

const layer = (values: Float32Array): Map<string, Tensor> =>
  new Map([['conv1.weight', tensorOf('float32', values, [values.length / 147, 3, 7, 7], 4096)]])
const norm = (count: number, scale: number, variance: number): [string, Tensor][] => [
  ['bn1.weight', floats(...Array(count).fill(scale))],
  ['bn1.running_var', floats(...Array(count).fill(variance))],
]

const kernel = (values: Float32Array, shape: readonly number[]): Tensor =>
  tensorOf('float32', values, [...shape], 2 ** 20)

type Fill = (count: number, size: number) => Float32Array

const fresh: Fill = (count, size) =>
  noiseFilters(count, 1)
    .slice(0, count)
    .map((value: number) => (value / Math.sqrt(2 / count)) * size)

const STAGES = ['layer1', 'layer2', 'layer3', 'layer4']

/** Stages of a small network, whose weights have the statistics of trained ones. */
function trainedBackbone(): Map<string, Tensor> {
  const state = new Map<string, Tensor>([['conv1.weight', kernel(gaborFilters(), [64, 3, 7, 7])]])
  for (const norm of ['bn1', ...STAGES.flatMap(stage => [1, 2].map(layer => `${stage}.0.bn${layer}`))])
    for (const part of ['weight', 'bias', 'running_mean', 'running_var']) {
      const from = part === 'running_mean' ? -0.2 : 0.1
      state.set(`${norm}.${part}`, floats(...Array.from({ length: 48 }, (_, index) => from + index / 1000)))
    }
  for (const stage of STAGES) {
    for (const layer of [1, 2])
      state.set(`${stage}.0.conv${layer}.weight`, kernel(new Float32Array(48 ** 2 * 9), [48, 48, 3, 3]))
    fill(state, stage, (count, size) => trainedWeights(count, size, 1 + count))
  }
  return state
}

/** New weights for all convolutions of a stage, with the magnitude of initialisation. */
function fill(state: Map<string, Tensor>, stage: string, values: Fill): void {
  for (const [name, { shape }] of state) {
    if (!name.startsWith(stage) || shape.length !== 4) continue
    const [outputs, inputs, height, width] = shape as [number, number, number, number]
    const size = Math.sqrt(2 / (outputs * height * width))
    state.set(name, kernel(values(outputs * inputs * height * width, size), shape))
  }
}

function fillOne(state: Map<string, Tensor>, name: string, value: (index: number) => number): void {
  const { shape } = state.get(name)!
  const count = shape.reduce((product, length) => product * length, 1)
  state.set(
    name,
    kernel(
      Float32Array.from({ length: count }, (_, index) => value(index)),
      shape,
    ),
  )
}

/** Changes the first number of a tensor. */
function poke(state: Map<string, Tensor>, name: string, value: number): void {
  fillOne(state, name, index => (index === 0 ? value : 0.01 * Math.sin(index) + 0.02))
}

describe('the verdict', () => {
  test('filters look trained', async () => {
    const state = new Map([...layer(gaborFilters()), ...norm(64, 0.3, 0.1)])
    const { looks, firstLayer } = await probeBackbone(state)
    expect(looks).toBe('trained')
    expect(firstLayer.smoothness).toBeGreaterThan(0.4)
    expect(firstLayer.spread).toBeGreaterThan(0.3)
  })

  test.each([1, 2, 3, 4, 5, 6, 7, 8])('noise %i looks random', async seed => {
    const state = new Map([...layer(noiseFilters(64, 7, seed * 977)), ...norm(64, 0.3, 0.1)])
    const { looks, firstLayer } = await probeBackbone(state)
    expect(looks).toBe('random')
    expect(Math.abs(firstLayer.smoothness)).toBeLessThan(0.06)
    expect(firstLayer.spread).toBeLessThan(0.09)
  })

  test('whatever the filters, BatchNorm without any data is not trained', async () => {
    const { looks, reasons } = await probeBackbone(new Map([...layer(gaborFilters()), ...norm(64, 1, 1)]))
    expect(looks).toBe('random')
    expect(reasons.join()).toContain('every BatchNorm is at initialisation')
  })

  test('half filters, half noise is unclear', async () => {
    const [a, b] = [gaborFilters(), noiseFilters()]
    const mixed = a.map((value: number, i: number) => 0.25 * value + b[i])
    expect((await probeBackbone(new Map([...layer(mixed), ...norm(64, 0.5, 0.9)]))).looks).toBe('unclear')
  })

  describe('of a complete backbone', () => {
    test.each<[string, Looks, string, (state: Map<string, Tensor>) => void]>([
      ['trained weights', 'trained', 'no stage has weights distributed as at initialisation', () => {}],
      [
        'a fresh layer4',
        'partly',
        'layer4: weights are still distributed as at initialisation',
        state => fill(state, 'layer4', fresh),
      ],
      [
        'a fresh layer3 and layer4',
        'partly',
        'layer3, layer4: weights are still',
        state => {
          for (const stage of ['layer3', 'layer4']) fill(state, stage, fresh)
        },
      ],
      [
        'uniform weights, as initialised by PyTorch',
        'partly',
        'layer1: weights are still',
        state =>
          fill(state, 'layer1', (count, size) =>
            Float32Array.from({ length: count }, (_, index) => size * (((index * 0.618034) % 1) - 0.5)),
          ),
      ],
      [
        'a first layer of noise',
        'partly',
        'correlate at',
        state => state.set('conv1.weight', kernel(noiseFilters(), [64, 3, 7, 7])),
      ],
      [
        'only a trained first layer',
        'partly',
        'layer1 to layer4: weights are still',
        state => {
          for (const stage of STAGES) fill(state, stage, fresh)
        },
      ],
      [
        'noise everywhere',
        'random',
        'noise',
        state => {
          for (const stage of STAGES) fill(state, stage, fresh)
          state.set('conv1.weight', kernel(noiseFilters(), [64, 3, 7, 7]))
        },
      ],
      [
        'a NaN',
        'broken',
        'layer3: 1 weights are NaN',
        state => poke(state, 'layer3.0.conv2.weight', Number.NaN),
      ],
      [
        'an infinite variance',
        'broken',
        'layer2: running statistics are NaN or infinite',
        state => poke(state, 'layer2.0.bn1.running_var', Number.POSITIVE_INFINITY),
      ],
      [
        'a negative variance',
        'broken',
        'layer2: a running variance is negative',
        state => poke(state, 'layer2.0.bn1.running_var', -1),
      ],
      [
        'a convolution of zeros',
        'broken',
        'layer2: 1 of 2 weight tensors hold the same number everywhere',
        state => fillOne(state, 'layer2.0.conv2.weight', () => 0),
      ],
      [
        'running statistics that were not saved',
        'broken',
        'running statistics are still 0 and 1',
        state => {
          for (const name of state.keys()) {
            if (name.endsWith('running_mean')) fillOne(state, name, () => 0)
            if (name.endsWith('running_var')) fillOne(state, name, () => 1)
          }
        },
      ],
      [
        'dead channels',
        'unclear',
        '48 of 432 channels are dead',
        state => {
          for (const name of state.keys())
            if (/^layer4.*bn\d\.weight$/.test(name)) fillOne(state, name, i => i % 2)
        },
      ],
    ])('%s: %s', async (_, looks, reason, change) => {
      const state = trainedBackbone()
      change(state)
      const probe = await probeBackbone(state)
      expect(probe.reasons.join('\n')).toContain(reason)
      expect(probe.looks).toBe(looks)
    })

    test('the quick probe recognises fresh stages too', async () => {
      const state = trainedBackbone()
      expect((await quickProbe(state)).looks).toBe('trained')
      fill(state, 'layer3', fresh)
      expect(await quickProbe(state)).toMatchObject({ looks: 'partly' })
    })
  })

  test.each([
    ['missing', new Map<string, Tensor>()],
    ['a single filter', new Map([['conv1.weight', tensorOf('float32', new Float32Array(9), [3, 3])]])],
  ])('a first layer that is %s is refused', async (_, state) => {
    await expect(probeBackbone(state)).rejects.toThrow(UnsupportedError)
  })
})

test('channels of BGR networks are shown as RGB', async () => {
  const values = new Float32Array(147)
  values[0] = 1 // Channel 0, first pixel.
  const [first] = (await readFirstLayer(layer(values), 'rgb')).filters
  const [swapped] = (await readFirstLayer(layer(values), 'bgr')).filters
  expect([...first!.pixels.subarray(0, 3)]).toEqual([1, 0, 0])
  expect([...swapped!.pixels.subarray(0, 3)]).toEqual([0, 0, 1])
})

test('statistics of a stage', async () => {
  const [stem, stage] = await readStages(
    new Map([
      ['conv1.weight', tensorOf('float32', Float32Array.of(3, -3, 3, -3), [2, 2, 1, 1])],
      ['bn1.weight', floats(0.5, -0.25, 0.001)],
      ['bn1.bias', floats(9, 9, 9)],
      ['bn1.running_var', floats(0.5, 4, 2)],
      ['layer1.0.conv1.weight', tensorOf('float32', Float32Array.of(0, 0), [1, 2, 1, 1])],
    ]),
    resnetFamily.look,
  )
  expect(stem).toMatchObject({ name: 'stem', convolutions: 1, weights: 4, rms: 3, rmsAtInit: 1 })
  expect(stem).toMatchObject({ channels: 3, deadChannels: 1, variance: [0.5, 4] })
  expect(stem!.scale).toBeCloseTo(0.75 / 3 + 0.001 / 3, 5)
  expect(stem!.histogram.reduce((sum, share) => sum + share)).toBeCloseTo(1)
  // Three times as large as weights are at initialisation: in the outer bins.
  expect(stem!.histogram.filter(share => share > 0)).toEqual([0.5, 0.5])
  expect(stem).toMatchObject({ norm: 6, kurtosis: 1, notFinite: 0, looks: 'unclear' })
  expect(stem!.remark).toBe('1 of 3 channels are dead')
  expect(stem!.spread).toBeCloseTo(0)
  expect(stage).toMatchObject({ name: 'layer1', weights: 2, rms: 0, constant: 1, looks: 'broken' })
})

test('the picture is a PNG of the filters, the strongest first', async () => {
  const values = new Float32Array(2 * 147)
  values.fill(0.1, 0, 147)
  values[147] = 1 // The second filter: red, top left.
  values[148] = -1
  const { firstLayer } = await probeBackbone(layer(values))
  expect(firstLayer.filters.map(filter => filter.index)).toEqual([1, 0].sort((a, b) => normOf(b) - normOf(a)))
  function normOf(index: number): number {
    return Math.hypot(...values.subarray(147 * index, 147 * (index + 1)))
  }
  const picture = drawFilters(firstLayer, 1, 1)
  expect([picture.width, picture.height]).toEqual([17, 9])
  const png = Buffer.from(await encodePng(picture))
  expect(png.subarray(1, 4).toString()).toBe('PNG')
  expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([17, 9])
  const start = png.indexOf('IDAT') + 4
  const rows = inflateSync(png.subarray(start, start + png.readUInt32BE(start - 8)))
  expect(rows.length).toBe(9 * (1 + 3 * 17))
  for (let row = 0; row < 9; row++)
    expect([...rows.subarray(row * 52 + 1, (row + 1) * 52)]).toEqual([
      ...picture.rgb.subarray(row * 51, (row + 1) * 51),
    ])
})

test('a correlation that rounds to zero has no sign', () => {
  const said = [-0.001, -0.03, 0.004].map(smoothness => describeFilters({ smoothness, side: 16 }))
  expect(said.map(text => /correlate at (\S+),/.exec(text)?.[1])).toEqual(['0.00', '−0.03', '0.00'])
})
