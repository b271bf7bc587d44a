/** Arithmetic on shapes: counts and sizes are exact, or NaN instead of wrong. */
import { expect, test } from 'vitest'
import { byteLength, contiguousStrides, elementCount } from '../../src/tensor/tensor.ts'

test.each([
  [[], 1],
  [[7], 7],
  [[2, 3, 4], 24],
  [[2, 0, 3], 0],
  [[2 ** 60, 2 ** 60, 0], 0],
  [[2 ** 53 - 1], 2 ** 53 - 1],
  [[2 ** 53, 1], Number.NaN],
  [[2 ** 31, 2 ** 31], Number.NaN],
])('a shape of %j has %i elements', (shape, count) => {
  expect(elementCount(shape)).toBe(count)
})

test.each([
  ['float32', [2, 3], 24],
  ['int64', [], 8],
  ['bool', [5], 5],
  ['complex128', [2], 32],
  ['bfloat16', [0], 0],
] as const)('%s of shape %j: %i bytes', (dtype, shape, bytes) => {
  expect(byteLength({ dtype, shape })).toBe(bytes)
})

test.each([
  [[], []],
  [[5], [1]],
  [
    [2, 3, 4],
    [12, 4, 1],
  ],
  // As in PyTorch: an empty axis counts as one.
  [
    [2, 0, 3],
    [3, 3, 1],
  ],
])('strides of %j are %j', (shape, strides) => {
  expect(contiguousStrides(shape)).toEqual(strides)
})
