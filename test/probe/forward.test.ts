/** The forward pass without PyTorch: images, features, verdicts, two backends that agree, and no memory leaks. */
import * as core from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-backend-cpu'
import '@tensorflow/tfjs-backend-wasm'
import { afterEach, describe, expect, test } from 'vitest'
import { UsageError } from '../../src/errors.ts'
import { conv, norm, type TensorSpec } from '../../src/families/family.ts'
import { IMAGENET } from '../../src/methods/method.ts'
import { featureStatistics } from '../../src/probe/forward/features.ts'
import { probeForward } from '../../src/probe/forward/forward.ts'
import { generateImages, prepareImage, SIDE } from '../../src/probe/forward/images.ts'
import type { TensorFlow } from '../../src/probe/forward/tensorflow.ts'
import type { StateDict, Tensor } from '../../src/tensor/tensor.ts'
import { collapse, freshBackbone } from '../helpers/backbones.ts'
import { tensorOf } from '../helpers/tensors.ts'

// The assignment also tests the interface against the types of the real package.
const tf: TensorFlow = core

const METHOD = { style: 'pytorch', normalisation: IMAGENET } as const

/** A ResNet of basic blocks with 8 channels everywhere: one block per stage. */
function tiny(stages = [1, 2, 3, 4]): StateDict & Map<string, Tensor> {
  const block = (name: string): TensorSpec[] => [
    ...conv(`${name}.conv1`, 8, 8, 3),
    ...norm(`${name}.bn1`, 8),
    ...conv(`${name}.conv2`, 8, 8, 3),
    ...norm(`${name}.bn2`, 8),
    ...(name === 'layer1.0'
      ? []
      : [...conv(`${name}.downsample.0`, 8, 8, 1), ...norm(`${name}.downsample.1`, 8)]),
  ]
  const specs = [
    ...conv('conv1', 3, 8, 7),
    ...norm('bn1', 8),
    ...stages.flatMap(stage => block(`layer${stage}.0`)),
  ]
  return freshBackbone({ tensors: () => specs })
}

async function useBackend(name: string): Promise<void> {
  await core.setBackend(name)
  await core.ready()
}

describe('features', () => {
  test('in one direction have no spread', () => {
    const { spread, effectiveRank } = featureStatistics([Float32Array.of(1, 2, 2), Float32Array.of(2, 4, 4)])
    expect(spread).toBeCloseTo(0, 7)
    expect(effectiveRank).toBeLessThan(1.5)
    expect(featureStatistics([Float32Array.of(0, 0), Float32Array.of(0, 0)])).toMatchObject({
      spread: 0,
      effectiveRank: 0,
    })
  })

  test('that are all orthogonal have the largest spread, and a rank of one less than their number', () => {
    const axes = Array.from({ length: 9 }, (_, axis) =>
      Float32Array.from({ length: 9 }, (_, i) => (i === axis ? 7 : 0)),
    )
    const { images, dimensions, spread, effectiveRank } = featureStatistics(axes)
    expect({ images, dimensions }).toEqual({ images: 9, dimensions: 9 })
    expect(spread).toBeCloseTo(Math.sqrt(1 - 1 / 9), 6)
    expect(effectiveRank).toBeCloseTo(8, 6)
  })

  test('on a line differ in one direction', () => {
    const line = [-1, -0.5, 0.5, 1].map(at => Float32Array.of(Math.cos(at / 1e3), Math.sin(at / 1e3), 0))
    expect(featureStatistics(line).effectiveRank).toBeCloseTo(1, 2)
  })

  test('two directions, one twice as strong as the other: the entropy of 2/3 and 1/3', () => {
    // Unit vectors around (0, 0, 1), so close that normalising hardly changes them.
    const points = [
      [2, 0],
      [-2, 0],
      [0, 1],
      [0, -1],
    ].map(([x, y]) => Float32Array.of(x! / 1e3, y! / 1e3, 1))
    const entropy = -(2 / 3) * Math.log(2 / 3) - (1 / 3) * Math.log(1 / 3)
    expect(featureStatistics(points).effectiveRank).toBeCloseTo(Math.exp(entropy), 1)
  })
})

describe('images', () => {
  const flat = (width: number, height: number, paint: (x: number, y: number) => readonly number[]) => ({
    width,
    height,
    rgb: Uint8Array.from(
      Array.from({ length: width * height }, (_, i) => paint(i % width, Math.floor(i / width))).flat(),
    ),
  })

  test('are normalised in the channel order of the network', () => {
    const image = flat(300, 300, () => [255, 0, 51])
    expect(prepareImage(image, IMAGENET).length).toBe(SIDE * SIDE * 3)
    const expected = [1, 0, 0.2].map((value, i) => (value - IMAGENET.mean[i]!) / IMAGENET.std[i]!)
    prepareImage(image, IMAGENET)
      .subarray(0, 3)
      .forEach((value, i) => {
        expect(value).toBeCloseTo(expected[i]!, 5)
      })
    const plain = { mean: [0, 0, 0], std: [1, 1, 1], order: 'bgr' } as const
    expect([...prepareImage(image, plain).subarray(0, 3)].map(value => value.toFixed(2))).toEqual([
      '0.20',
      '0.00',
      '1.00',
    ])
  })

  test('are cropped to the centre, and large ones averaged', () => {
    const plain = { mean: [0, 0, 0], std: [1, 1, 1], order: 'rgb' } as const
    // Twice the height of 256, with stripes of one pixel: their mean is one half. Both sides are red, and cropped away.
    const image = flat(1024, 512, (x, y) => (x < 280 || x >= 744 ? [255, 0, 0] : [0, 255 * (y % 2), 0]))
    const values = prepareImage(image, plain)
    for (const at of [0, 3 * (SIDE - 1), 3 * SIDE * (SIDE - 1)]) {
      expect(values[at]).toBe(0)
      expect(values[at + 1]).toBeCloseTo(0.5, 5)
    }
    // Smaller than 224: every value occurs in the image.
    const small = prepareImage(
      flat(5, 3, x => [51 * x, 0, 0]),
      plain,
    )
    expect(new Set([...small].map(value => value.toFixed(1)))).toEqual(new Set(['0.0', '0.2', '0.4', '0.6']))
  })

  test('are generated identically in every run, and all differ', () => {
    const images = generateImages()
    expect(images.map(({ rgb }) => Buffer.from(rgb).toString('base64'))).toEqual(
      generateImages().map(({ rgb }) => Buffer.from(rgb).toString('base64')),
    )
    expect(new Set(images.map(({ rgb }) => String(rgb))).size).toBe(16)
    for (const { rgb, width, height } of images) {
      expect(rgb.length).toBe(3 * width * height)
      expect(new Set(rgb).size, 'shades').toBeGreaterThan(3)
    }
  })
})

describe('a backbone on images', () => {
  const images = generateImages().slice(0, 8)
  afterEach(() => expect(core.memory().numTensors).toBe(0))

  test('the wasm and the cpu backend agree', async () => {
    await useBackend('wasm')
    const wasm = await probeForward(tf, tiny(), METHOD, images)
    await useBackend('cpu')
    const cpu = await probeForward(tf, tiny(), METHOD, images)
    expect(wasm.verdict).toBe('sound')
    expect(wasm.stages.map(({ shape }) => shape)).toEqual([
      [8, 112, 112],
      [8, 56, 56],
      [8, 28, 28],
      [8, 14, 14],
      [8, 7, 7],
    ])
    cpu.stages.forEach((stage, index) => {
      for (const key of ['mean', 'deviation', 'largest', 'zeros'] as const)
        expect(wasm.stages[index]![key] / stage[key], `${stage.name} ${key}`).toBeCloseTo(1, 4)
    })
    expect(wasm.features.spread).toBeCloseTo(cpu.features.spread, 4)
    expect(wasm.features.effectiveRank).toBeCloseTo(cpu.features.effectiveRank, 3)
  })

  test('one that gives all images the same feature has collapsed', async () => {
    await useBackend('wasm')
    const state = tiny()
    collapse(state)
    const { verdict, reason, features } = await probeForward(tf, state, METHOD, images)
    expect({ verdict, spread: features.spread < 1e-6 }).toEqual({ verdict: 'collapsed', spread: true })
    expect(reason).toContain('all images have nearly the same features')
  })

  // In one channel only, and before operations that might hide it: pooling, ReLU of a NaN with its sign set, a second
  // convolution.
  test.each([
    ['NaN', 'bn1', 'stem', 0],
    ['-NaN', 'bn1', 'stem', 0],
    ['NaN', 'layer2.0.bn1', 'layer2', 2],
    ['-NaN', 'layer2.0.bn1', 'layer2', 2],
    ['-NaN', 'layer4.0.bn2', 'layer4', 4],
    ['Infinity', 'layer3.0.bn2', 'layer3', 3],
  ])('one with a %s in %s is broken from %s on', async (value, norm, stage, index) => {
    await useBackend('wasm')
    const bits = { NaN: 0x7fc00000, '-NaN': 0xffc00000, Infinity: 0x7f800000 }[value]!
    const biases = new Uint32Array(8)
    biases[5] = bits
    const state = tiny()
    state.set(`${norm}.bias`, tensorOf('float32', biases, [8]))
    const { verdict, reason, stages } = await probeForward(tf, state, METHOD, images)
    expect(verdict).toBe('broken')
    expect(reason).toContain(`activations of ${stage} are NaN or infinite`)
    expect(stages.findIndex(({ notFinite }) => notFinite > 0)).toBe(index)
  })

  test('a stage that is larger than MMDetection expects is broken', async () => {
    await useBackend('wasm')
    const { verdict, reason } = await probeForward(tf, tiny([1, 3, 4]), METHOD, images)
    expect({ verdict, reason }).toEqual({
      verdict: 'broken',
      reason: 'layer3 outputs 8 × 28 × 28, but MMDetection expects 8 × 14 × 14',
    })
  })

  test('a single image is refused, because it has nothing to differ from', async () => {
    await expect(probeForward(tf, tiny(), METHOD, images.slice(0, 1))).rejects.toThrow(UsageError)
  })
})
