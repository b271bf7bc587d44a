/** The lists of tensors: each architecture is, name by name and shape by shape, what PyTorch builds. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { recogniseArchitecture } from '../../src/convert/verify.ts'
import { ARCHITECTURES } from '../../src/families/index.ts'
import { checkpointOf } from '../helpers/lists.ts'

const FOLDER = new URL('../../fixtures/architectures/', import.meta.url)
const dumps = readdirSync(FOLDER)
  .filter(name => name.endsWith('.txt'))
  .map(name => ({
    name: name.replace(/\.txt$/, ''),
    lines: readFileSync(new URL(name, FOLDER), 'utf8')
      .trimEnd()
      .split('\n')
      .filter(line => !line.startsWith('#')),
  }))

test('every architecture has a dump, and every dump an architecture', () => {
  expect(dumps.map(dump => dump.name).sort()).toEqual(
    ARCHITECTURES.filter(({ family }) => family === 'resnet')
      .map(({ name }) => name)
      .sort(),
  )
})

describe.each(dumps)('$name', ({ name, lines }) => {
  const architecture = ARCHITECTURES.find(candidate => candidate.name === name)!

  test('has the tensors that PyTorch builds, in its order', () => {
    const ours = architecture
      .tensors()
      .map(
        spec =>
          `${spec.name} ${spec.kind === 'float' ? 'float32' : spec.kind} ${spec.shape.join('x') || 'scalar'}`,
      )
    expect(ours).toEqual(lines)
    expect(architecture.count).toBe(lines.filter(line => !line.includes('num_batches_tracked')).length)
  })

  test('is recognised with and without counters, and if tensors are missing', () => {
    for (const some of [
      lines,
      lines.filter(line => !line.includes('num_batches_tracked')),
      lines.filter(line => !line.startsWith('layer3.1.')),
    ]) {
      const state = checkpointOf(name, ['[]', ...some]).sections.get('')!
      expect(recogniseArchitecture(state, ARCHITECTURES)?.architecture.name).toBe(name)
    }
  })
})

test('ResNet-50 has the 318 tensors that MMDetection builds', () => {
  expect(ARCHITECTURES.find(({ name }) => name === 'resnet50')!.tensors()).toHaveLength(318)
})
