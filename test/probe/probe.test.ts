/** Guards the look at a backbone: filters and noise are told apart, numbers are right, the picture shows what is there. */
import { inflateSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
// @ts-expect-error: a script without types
import { gaborFilters, noiseFilters } from '../../scripts/gabor.js'
import { UnsupportedError } from '../../src/errors.ts'
import { readFirstLayer } from '../../src/probe/first-layer.ts'
import { drawFilters } from '../../src/probe/picture.ts'
import { encodePng } from '../../src/probe/png.ts'
import { probeBackbone } from '../../src/probe/probe.ts'
import { readStages } from '../../src/probe/stages.ts'
import type { Tensor } from '../../src/tensor/tensor.ts'
import { floats, tensorOf } from '../helpers/tensors.ts'

const layer = (values: Float32Array): Map<string, Tensor> =>
  new Map([['conv1.weight', tensorOf('float32', values, [values.length / 147, 3, 7, 7], 4096)]])
const norm = (count: number, scale: number, variance: number): [string, Tensor][] => [
  ['bn1.weight', floats(...Array(count).fill(scale))],
  ['bn1.running_var', floats(...Array(count).fill(variance))],
]

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

  test('whatever the filters, BatchNorm that saw no data is not trained', async () => {
    const { looks, reasons } = await probeBackbone(new Map([...layer(gaborFilters()), ...norm(64, 1, 1)]))
    expect(looks).toBe('random')
    expect(reasons.join()).toContain('every BatchNorm is as it was made')
  })

  test('half filters, half noise is unclear', async () => {
    const [a, b] = [gaborFilters(), noiseFilters()]
    const mixed = a.map((value: number, i: number) => 0.25 * value + b[i])
    expect((await probeBackbone(new Map([...layer(mixed), ...norm(64, 0.5, 1)]))).looks).toBe('unclear')
  })

  test.each([
    ['missing', new Map<string, Tensor>()],
    [
      'of four channels',
      new Map([['conv1.weight', tensorOf('float32', new Float32Array(4 * 9), [1, 4, 3, 3])]]),
    ],
  ])('a first layer that is %s is refused', async (_, state) => {
    await expect(probeBackbone(state)).rejects.toThrow(UnsupportedError)
  })
})

test('channels of BGR networks are shown as RGB', async () => {
  const values = new Float32Array(147)
  values[0] = 1 // channel 0, first pixel
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
  )
  expect(stem).toMatchObject({ name: 'stem', convolutions: 1, weights: 4, rms: 3, freshRms: 1 })
  expect(stem).toMatchObject({ channels: 3, deadChannels: 1, variance: [0.5, 4] })
  expect(stem!.scale).toBeCloseTo(0.75 / 3 + 0.001 / 3, 5)
  expect(stem!.histogram.reduce((sum, share) => sum + share)).toBeCloseTo(1)
  expect(stem!.histogram.filter(share => share > 0)).toEqual([0.5, 0.5])
  expect(stage).toMatchObject({ name: 'layer1', weights: 2, rms: 0 })
})

test('the picture is a PNG of the filters, the strongest first', async () => {
  const values = new Float32Array(2 * 147)
  values.fill(0.1, 0, 147)
  values[147] = 1 // the second filter: red, top left
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
