/** Which names mean a storage, a tensor or a type; every other name remains a name. */
import { describe, expect, test } from 'vitest'
import {
  dtypeGlobal,
  isFamiliar,
  REBUILDS,
  storageType,
  tensorClass,
} from '../../../src/formats/torch/globals.ts'

describe('storages', () => {
  test.each([
    ['torch.FloatStorage', 'float32'],
    ['torch.cuda.HalfStorage', 'float16'],
    ['torch.BFloat16Storage', 'bfloat16'],
    ['torch.LongStorage', 'int64'],
    ['torch.BoolStorage', 'bool'],
    ['torch.ComplexDoubleStorage', 'complex128'],
    ['torch.QInt8Storage', 'qint8'],
    ['torch.storage.UntypedStorage', 'untyped'],
    ['torch.storage._UntypedStorage', 'untyped'],
    ['torch.UInt16Storage', 'uint16'],
    ['torch.Float8_e4m3fnStorage', 'float8_e4m3fn'],
  ])('%s: %s', (path, type) => {
    expect(storageType(path)).toBe(type)
  })

  test.each([
    'os.FloatStorage',
    'FloatStorage',
    'torch.Storage',
    'torch.floatStorage',
    'torch.x.FloatStorage',
    '',
  ])('%j is not a storage', path => {
    expect(storageType(path)).toBeUndefined()
  })
})

test.each([
  ['torch.FloatTensor', 'float32'],
  ['torch.cuda.LongTensor', 'int64'],
  ['torch.Tensor', undefined],
  ['torch.UntypedTensor', undefined],
  ['os.FloatTensor', undefined],
  ['torch.FloatStorage', undefined],
])('tensor class %s: %s', (path, type) => {
  expect(tensorClass(path)).toBe(type)
})

test.each([
  ['torch.float32', 'float32'],
  ['torch.uint16', 'uint16'],
  ['torch.float8_e5m2', 'float8_e5m2'],
  ['torch.float', undefined],
  ['torch.toString', undefined],
  ['os.float32', undefined],
])('type %s: %s', (path, type) => {
  expect(dtypeGlobal(path)).toBe(type)
})

test('parts of tensors and plain containers are not listed; code is', () => {
  const plain = [
    'torch.Size',
    'collections.OrderedDict',
    '__builtin__.set',
    '_codecs.encode',
    'torch.float16',
  ]
  for (const path of [...Object.keys(REBUILDS), ...plain]) expect(isFamiliar(path), path).toBe(true)
  const code = [
    'os.system',
    '__builtin__.eval',
    'builtins.getattr',
    'torch.load',
    'torch.hub.load',
    'toString',
    '',
  ]
  for (const path of [...code, 'argparse.Namespace', 'torch.nn.modules.conv.Conv2d', 'numpy.dtype'])
    expect(isFamiliar(path), path).toBe(false)
})
