/** What MMDetection sees: what MMEngine's `PretrainedInit` would read from a file, with a prefix and without. */
import { expect, test } from 'vitest'
import { MismatchError } from '../../../src/errors.ts'
import { readAsMMDetection } from '../../../src/explain/as-mmdetection.ts'
import { checkpointOf } from '../../helpers/lists.ts'

const names = (lines: readonly string[], prefix?: string): string[] => [
  ...readAsMMDetection(checkpointOf('test.pth', lines), prefix).keys(),
]
const DETECTOR = [
  '[state_dict]',
  'backbone.conv1.weight float32 1',
  'backbones.a float32 1',
  'neck.b float32 1',
]

test('state_dict comes before the top level, which is used without it', () => {
  expect(names(['[]', 'a float32 1', '[state_dict]', 'b float32 1'])).toEqual(['b'])
  expect(names(['[]', 'a float32 1', '[optimizer]', 'b float32 1'])).toEqual(['a'])
})

test('module. is only removed without a prefix', () => {
  const lines = ['[state_dict]', 'module.backbone.a float32 1', 'backbone.module.b float32 1']
  expect(names(lines)).toEqual(['backbone.a', 'backbone.module.b'])
  expect(names(lines, 'backbone.')).toEqual(['module.b'])
})

test('a prefix ends in a dot, even if it is not written', () => {
  expect(names(DETECTOR, 'backbone.')).toEqual(['conv1.weight'])
  expect(names(DETECTOR, 'backbone')).toEqual(['conv1.weight'])
})

test('if nothing is found, the error says where the tensors are', () => {
  expect(() => names(DETECTOR, 'trunk')).toThrow(
    "no tensor begins with 'trunk.'; its tensors are backbone.conv1",
  )
  expect(() => names(['[model]', 'a float32 1'])).toThrow(MismatchError)
  expect(() => names(['[model]', 'a float32 1'])).toThrow("they are in 'model'")
})

test('for a file without any state dict, the error says so, and does not suggest converting it', () => {
  expect(() => names([])).toThrow('but no state dict')
})
