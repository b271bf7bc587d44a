/** Checks of values: each defect is found, by name and number, and healthy tensors are not reported. */
import { expect, test } from 'vitest'
import { findDefects } from '../../src/probe/defects.ts'
import type { Tensor } from '../../src/tensor/tensor.ts'
import { floats, tensorOf } from '../helpers/tensors.ts'

const half = (...bits: number[]): Tensor => tensorOf('float16', Uint16Array.from(bits))

test.each<[string, string, Tensor, object[]]>([
  ['healthy weights', 'conv1.weight', floats(0, -1, 2), []],
  ['one NaN', 'conv1.weight', floats(1, Number.NaN, 2), [{ defect: 'nan', count: 1, elements: 3 }]],
  ['NaN of float16', 'conv1.weight', half(0x3c00, 0x7e01), [{ defect: 'nan', count: 1, elements: 2 }]],
  [
    'both infinities',
    'bn1.bias',
    floats(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0),
    [{ defect: 'infinite', count: 2, elements: 3 }],
  ],
  ['an overflow of float16', 'conv1.weight', half(0x7c00), [{ defect: 'infinite', count: 1, elements: 1 }]],
  [
    'a layer of zeros',
    'layer1.0.conv1.weight',
    floats(0, -0, 0),
    [{ defect: 'zero', count: 3, elements: 3 }],
  ],
  ['a bias of zeros', 'bn1.bias', floats(0, 0), []],
  ['a mean of zeros', 'bn1.running_mean', floats(0, 0), []],
  ['a negative mean', 'bn1.running_mean', floats(-1), []],
  ['positive variances', 'bn1.running_var', floats(1e-30, 2), []],
  ['a dead channel', 'bn1.running_var', floats(0, 2), [{ defect: 'zero variance', count: 1, elements: 2 }]],
  [
    'a variance below 0',
    'bn1.running_var',
    floats(-1e-9, 2),
    [{ defect: 'negative variance', count: 1, elements: 2 }],
  ],
  [
    'a type of 8 bits',
    'conv1.weight',
    tensorOf('float8_e5m2', Uint8Array.of(0x7f, 0)),
    [{ defect: 'not checked', count: 2, elements: 2 }],
  ],
  ['a counter', 'bn1.num_batches_tracked', tensorOf('int64', BigInt64Array.of(0n), []), []],
])('%s', async (_, name, tensor, expected) => {
  expect(await findDefects(new Map([[name, tensor]]))).toEqual(
    expected.map(finding => ({ name, ...finding })),
  )
})
