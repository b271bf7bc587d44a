/** Whether a state dict is a complete backbone: by name, shape and type, with nothing missing and nothing extra. */
import { describe, expect, test } from 'vitest'
import { recogniseArchitecture, verifyBackbone } from '../../src/convert/verify.ts'
import type { Architecture } from '../../src/families/family.ts'
import { ARCHITECTURES } from '../../src/families/index.ts'
import { resnet } from '../../src/families/resnet.ts'
import type { DType } from '../../src/tensor/dtype.ts'
import type { Tensor } from '../../src/tensor/tensor.ts'

const R18 = resnet('resnet18', 'ResNet-18', { blocks: [2, 2, 2, 2], block: 'basic' })
const R50 = ARCHITECTURES.find(({ name }) => name === 'resnet50')!

function tensorOf(shape: readonly number[], dtype: DType = 'float32'): Tensor {
  return { dtype, shape, origin: 'a test', copyTo: () => Promise.reject(new Error('bytes were asked for')) }
}

interface Change {
  readonly without?: string
  readonly dtype?: DType
}

/** A state dict of an architecture, complete except for the given change. */
function stateOf(architecture: Architecture, { without, dtype }: Change = {}): Map<string, Tensor> {
  const specs = architecture.tensors().filter(({ name }) => without === undefined || !name.includes(without))
  return new Map(
    specs.map(({ name, shape, kind }) => [
      name,
      tensorOf(shape, kind === 'int64' ? 'int64' : (dtype ?? 'float32')),
    ]),
  )
}

describe('a complete backbone', () => {
  test.each(ARCHITECTURES.map(architecture => [architecture.name, architecture] as const))(
    '%s',
    (_, architecture) => {
      const report = verifyBackbone(stateOf(architecture), architecture)
      const all = architecture.tensors().length
      expect(report).toEqual({
        architecture: architecture.name,
        expected: all,
        present: all,
        missing: [],
        unexpected: [],
        misshapen: [],
        mistyped: [],
        withoutCounters: false,
        complete: true,
      })
    },
  )

  test('from PyTorch before 0.4.1 has no counters at all', () => {
    const report = verifyBackbone(stateOf(R18, { without: 'num_batches_tracked' }), R18)
    expect(report).toMatchObject({ complete: true, withoutCounters: true, expected: 100, present: 100 })
  })

  test.each(['float16', 'bfloat16', 'float64'] as const)('may be of %s', dtype => {
    expect(verifyBackbone(stateOf(R18, { dtype }), R18).complete).toBe(true)
  })

  test('may have a head beside it, on request', () => {
    const state = stateOf(R18).set('fc.weight', tensorOf([1000, 512]))
    expect(verifyBackbone(state, R18, new Set(['fc.weight'])).complete).toBe(true)
    expect(verifyBackbone(state, R18).complete).toBe(false)
  })
})

describe('reports what is wrong', () => {
  test('missing tensors, each with the most similar unexpected one', () => {
    const state = stateOf(R18)
    state.delete('bn1.weight')
    state.delete('layer4.1.bn2.running_var')
    state.set('bn_1.weight', tensorOf([64]))
    const report = verifyBackbone(state, R18)
    expect(report).toMatchObject({
      missing: [{ name: 'bn1.weight', nearest: 'bn_1.weight' }, { name: 'layer4.1.bn2.running_var' }],
      unexpected: [{ name: 'bn_1.weight', nearest: 'bn1.weight' }],
      complete: false,
    })
    expect(report.expected - report.present).toBe(2)
  })

  test('one of many counters missing', () => {
    const state = stateOf(R18)
    state.delete('bn1.num_batches_tracked')
    const report = verifyBackbone(state, R18)
    expect(report).toMatchObject({ withoutCounters: false, complete: false })
    expect(report.missing.map(({ name }) => name)).toEqual(['bn1.num_batches_tracked'])
  })

  test('all counters but one missing', () => {
    const state = stateOf(R18, { without: 'num_batches_tracked' })
    state.set('bn1.num_batches_tracked', tensorOf([], 'int64'))
    expect(verifyBackbone(state, R18).missing).toHaveLength(19)
  })

  test.each<[string, readonly number[]]>([
    ['another size', [64, 3, 3, 3]],
    ['one axis less', [64, 3, 7]],
    ['one axis more', [64, 3, 7, 7, 1]],
    ['axes in another order', [3, 64, 7, 7]],
  ])('a shape with %s', (_, shape) => {
    const report = verifyBackbone(stateOf(R18).set('conv1.weight', tensorOf(shape)), R18)
    expect(report.misshapen).toEqual([{ name: 'conv1.weight', expected: [64, 3, 7, 7], found: shape }])
    expect(report).toMatchObject({ complete: false, present: report.expected - 1 })
  })

  test.each(['int64', 'uint8', 'bool', 'complex64', 'float8_e4m3fn', 'qint8'] as const)(
    'weights of %s',
    dtype => {
      const report = verifyBackbone(stateOf(R18).set('conv1.weight', tensorOf([64, 3, 7, 7], dtype)), R18)
      expect(report.mistyped).toEqual([
        { name: 'conv1.weight', expected: 'float32, float16, bfloat16 or float64', found: dtype },
      ])
      expect(report.complete).toBe(false)
    },
  )

  test('counters that are not integers', () => {
    const report = verifyBackbone(stateOf(R18).set('bn1.num_batches_tracked', tensorOf([], 'float32')), R18)
    expect(report.mistyped).toEqual([
      { name: 'bn1.num_batches_tracked', expected: 'int64', found: 'float32' },
    ])
  })

  test('a tensor with a wrong shape and type is counted once', () => {
    const report = verifyBackbone(stateOf(R18).set('conv1.weight', tensorOf([1], 'int8')), R18)
    expect([report.misshapen.length, report.mistyped.length]).toEqual([1, 1])
    expect(report.present).toBe(report.expected - 1)
  })

  test('an entirely different architecture', () => {
    const report = verifyBackbone(stateOf(R18), R50)
    expect(report.complete).toBe(false)
    expect(report.missing.length).toBeGreaterThan(100)
    expect(report.misshapen.length).toBeGreaterThan(5)
  })

  test('an empty state dict', () => {
    const report = verifyBackbone(new Map(), R18)
    expect(report).toMatchObject({ complete: false, present: 0, expected: 100, withoutCounters: true })
    expect(report.missing).toHaveLength(100)
  })
})

describe('recogniseArchitecture', () => {
  test.each(ARCHITECTURES.map(architecture => [architecture.name, architecture] as const))(
    '%s',
    (name, architecture) => {
      for (const without of [undefined, 'num_batches_tracked']) {
        const found = recogniseArchitecture(stateOf(architecture, without ? { without } : {}), ARCHITECTURES)
        expect(found).toMatchObject({ matches: architecture.count })
        expect(found!.architecture.name).toBe(name)
      }
    },
  )

  test('an almost complete one, so that missing tensors can be listed', () => {
    const state = stateOf(R50)
    state.delete('conv1.weight')
    state.set('fc.weight', tensorOf([1000, 2048]))
    expect(recogniseArchitecture(state, ARCHITECTURES)!.architecture.name).toBe('resnet50')
  })

  test('none if almost nothing fits', () => {
    expect(recogniseArchitecture(new Map(), ARCHITECTURES)).toBeUndefined()
    const stranger = new Map([['patch_embed.proj.weight', tensorOf([768, 3, 16, 16])]])
    expect(recogniseArchitecture(stranger, ARCHITECTURES)).toBeUndefined()
    expect(recogniseArchitecture(stateOf(R50), [])).toBeUndefined()
  })
})
