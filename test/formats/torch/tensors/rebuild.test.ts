/** From pickle values to tensors: every form that PyTorch wrote, and no byte outside of the storage. */
import { describe, expect, test } from 'vitest'
import { crc32 } from '../../../../src/bytes/crc32.ts'
import { memorySource, subSource } from '../../../../src/bytes/source.ts'
import { FormatError, UnsupportedError } from '../../../../src/errors.ts'
import { rebuildTensor } from '../../../../src/formats/torch/tensors/rebuild.ts'
import type { StorageAccess } from '../../../../src/formats/torch/tensors/storage.ts'
import { Call, Global, Instance, Persistent, type PickleValue, Tuple } from '../../../../src/pickle/values.ts'
import type { Tensor } from '../../../../src/tensor/tensor.ts'
import {
  asFloats,
  call,
  copyOut,
  dict,
  floats,
  storage,
  tensor,
  tuple,
} from '../../../helpers/torch-bytes.ts'

/** One storage of 12 floats, 0 to 11; it records how it was opened. */
function access(bytes = floats(...Array(12).keys()), bigEndian = false) {
  const opened: string[] = []
  const open = (how: string) => async (key: string) => {
    opened.push(`${how} ${key}`)
    return { source: memorySource(bytes, 'storage'), check: () => void opened.push(`compared ${key}`) }
  }
  const openPart = async (key: string, offset: number, length: number, once: boolean) => {
    const { source } = await open(once ? 'openPart' : 'openPart, again and again,')(key)
    return subSource(source, offset, length, source.name)
  }
  const storages: StorageAccess = { fileSize: bytes.length, bigEndian, open: open('open'), openPart }
  return { storages, opened }
}

const S = storage('0', 'FloatStorage', 12)
const OD = call('collections.OrderedDict')

function withState(made: Call, state: PickleValue): Call {
  return Object.assign(made, { state })
}

function rebuild(value: PickleValue, storages = access().storages): Tensor {
  return rebuildTensor(value, storages, 'x.pkl')!
}

async function valuesOf(value: PickleValue): Promise<number[]> {
  return asFloats((await copyOut(rebuild(value))).bytes)
}

describe('forms of a dense tensor', () => {
  const args = [S, 1, tuple(2, 2), tuple(4, 1)] as const
  const expected = [1, 2, 5, 6]
  const v2 = call('torch._utils._rebuild_tensor_v2', ...args, false, OD)
  const oldStyle = withState(call('torch.FloatTensor'), tuple(...args))

  test.each<[string, PickleValue]>([
    ['_rebuild_tensor', call('torch._utils._rebuild_tensor', ...args)],
    ['_rebuild_tensor_v2', v2],
    [
      '_rebuild_tensor_v2 with metadata',
      call('torch._utils._rebuild_tensor_v2', ...args, false, OD, dict({})),
    ],
    [
      '_rebuild_tensor_v2 with metadata of 0',
      call('torch._utils._rebuild_tensor_v2', ...args, false, OD, OD),
    ],
    [
      '_rebuild_parameter_with_state, of an attribute',
      call('torch._utils._rebuild_parameter_with_state', v2, true, OD, dict({ _no_weight_decay: true })),
    ],
    [
      '_rebuild_device_tensor_from_cpu_tensor',
      call(
        'torch._utils._rebuild_device_tensor_from_cpu_tensor',
        v2,
        new Global('torch', 'float32'),
        'xla:0',
      ),
    ],
    [
      'Parameter of 0.3, with BUILD',
      withState(call('torch.nn.parameter.Parameter', v2), tuple(true, false, OD)),
    ],
    [
      'Parameter of 0.1.12, with BUILD',
      withState(call('torch.nn.parameter.Parameter'), tuple(v2, null, OD, true, false)),
    ],
    [
      '_rebuild_tensor_v3',
      call('torch._utils._rebuild_tensor_v3', ...args, false, OD, new Global('torch', 'float32')),
    ],
    ['_rebuild_parameter', call('torch._utils._rebuild_parameter', v2, true, OD)],
    [
      '_rebuild_parameter_with_state',
      call('torch._utils._rebuild_parameter_with_state', v2, true, OD, dict({})),
    ],
    ['Parameter', call('torch.nn.parameter.Parameter', v2, true)],
    ['Variable', call('torch.autograd.variable.Variable', v2)],
    [
      'a parameter of a parameter',
      call('torch.nn.parameter.Parameter', call('torch.nn.parameter.Parameter', v2)),
    ],
    [
      '_rebuild_from_type_v2',
      call(
        'torch._tensor._rebuild_from_type_v2',
        new Global('torch._utils', '_rebuild_tensor_v2'),
        new Global('torch.nn.parameter', 'Buffer'),
        v2.args,
        dict({}),
      ),
    ],
    [
      '_rebuild_from_type, of a parameter',
      call(
        'torch.tensor._rebuild_from_type',
        new Global('torch._utils', '_rebuild_parameter'),
        new Global('m', 'MyParameter'),
        tuple(v2, true, OD),
        dict({}),
      ),
    ],
    ['the class of 0.1.10, with BUILD', oldStyle],
    [
      'sizes as torch.Size',
      call('torch._utils._rebuild_tensor', S, 1, call('torch.Size', tuple(2, 2)), args[3]),
    ],
  ])('%s', async (_, value) => {
    expect(rebuild(value)).toMatchObject({ dtype: 'float32', shape: [2, 2] })
    expect(await valuesOf(value)).toEqual(expected)
  })

  test('a newer type in an untyped storage, where counts are bytes', async () => {
    const value = call(
      'torch._utils._rebuild_tensor_v3',
      storage('0', 'torch.storage.UntypedStorage', 48),
      3,
      tuple(4),
      tuple(2),
      false,
      OD,
      new Global('torch', 'uint16'),
    )
    const bytes = new Uint8Array(Uint16Array.from({ length: 24 }, (_, index) => index).buffer)
    const rebuilt = rebuild(value, access(bytes).storages)
    expect(rebuilt).toMatchObject({ dtype: 'uint16', shape: [4] })
    const copied = (await copyOut(rebuilt)).bytes
    expect([...new Uint16Array(copied.buffer, 0, 4)]).toEqual([3, 5, 7, 9])
  })
})

describe('layouts', () => {
  test.each<[string, Call, number[]]>([
    ['all of the storage', tensor(S, [3, 4], [4, 1]), [...Array(12).keys()]],
    ['a part', tensor(S, [4], [1], 5), [5, 6, 7, 8]],
    ['transposed', tensor(S, [4, 3], [1, 4]), [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]],
    ['expanded', tensor(S, [2, 3], [0, 1], 9), [9, 10, 11, 9, 10, 11]],
    ['a scalar', tensor(S, [], [], 11), [11]],
    ['the last element, with an unused stride', tensor(S, [1], [1000], 11), [11]],
    ['empty', tensor(S, [0], [1]), []],
    ['empty, with an offset beyond the storage', tensor(S, [3, 0], [1, 1], 99), []],
  ])('%s', async (_, value, expected) => {
    expect(await valuesOf(value)).toEqual(expected)
  })

  test('a window of a legacy storage: offsets count from its start', async () => {
    const view = storage('0', 'FloatStorage', 12, tuple('v', 2, 5))
    expect(await valuesOf(tensor(view, [4], [1], 1))).toEqual([3, 4, 5, 6])
    expect(() => rebuild(tensor(view, [5], [1], 1))).toThrow(/needs 24 bytes of storage '0', which has 20/)
  })

  test('the reported checksum is that of the bytes handed over', async () => {
    for (const value of [tensor(S, [12], [1]), tensor(S, [4], [1], 3), tensor(S, [3, 4], [1, 3])]) {
      const { bytes, crc } = await copyOut(rebuild(value))
      expect(crc).toBe(crc32(bytes))
    }
  })

  test('opening reads nothing; a whole storage is compared while it is copied, a part before', async () => {
    const { storages, opened } = access()
    const [whole, part] = [rebuild(tensor(S, [12], [1]), storages), rebuild(tensor(S, [3], [1]), storages)]
    expect(opened).toEqual([])
    await copyOut(whole)
    expect(opened.splice(0)).toEqual(['open 0', 'compared 0'])
    await copyOut(part)
    expect(opened.splice(0)).toEqual(['openPart 0'])
    await copyOut(rebuild(tensor(S, [3, 4], [1, 3]), storages))
    expect(opened).toEqual(['openPart, again and again, 0'])
  })
})

describe('big-endian archives', () => {
  const be = (size: number, values: readonly number[], set: 'setFloat32' | 'setInt16' | 'setFloat64') => {
    const bytes = new Uint8Array(size * values.length)
    values.forEach((value, index) => {
      new DataView(bytes.buffer)[set](index * size, value, false)
    })
    return bytes
  }

  test.each([
    ['FloatStorage', 'setFloat32', 4, (b: ArrayBuffer) => new Float32Array(b)],
    ['ShortStorage', 'setInt16', 2, (b: ArrayBuffer) => new Int16Array(b)],
    ['DoubleStorage', 'setFloat64', 8, (b: ArrayBuffer) => new Float64Array(b)],
  ] as const)('%s', async (type, set, size, view) => {
    const { storages } = access(be(size, [1, 2, 3, 4, 5, 6], set), true)
    const reference = storage('0', type, 6)
    const read = async (value: Call) => [
      ...view((await copyOut(rebuild(value, storages))).bytes.slice().buffer as ArrayBuffer),
    ]
    expect(await read(tensor(reference, [6], [1]))).toEqual([1, 2, 3, 4, 5, 6])
    expect(await read(tensor(reference, [3, 2], [1, 3]))).toEqual([1, 4, 2, 5, 3, 6])
  })

  test('in complex numbers, each half is swapped', async () => {
    const { storages } = access(be(4, [1, 2, 3, 4], 'setFloat32'), true)
    const { bytes } = await copyOut(
      rebuild(tensor(storage('0', 'ComplexFloatStorage', 2), [2], [1]), storages),
    )
    expect(asFloats(bytes)).toEqual([1, 2, 3, 4])
  })

  test('the checksum is of the swapped bytes', async () => {
    const { storages } = access(be(4, [1, 2], 'setFloat32'), true)
    const { bytes, crc } = await copyOut(rebuild(tensor(storage('0', 'FloatStorage', 2), [2], [1]), storages))
    expect(crc).toBe(crc32(bytes))
  })

  test("with a different type from the storage cannot be read: PyTorch swaps in units of the storage's type", () => {
    const value = (type: string): Call =>
      call('torch._utils._rebuild_tensor_v3', S, 0, tuple(2), tuple(1), false, OD, new Global('torch', type))
    const { storages } = access(undefined, true)
    expect(rebuild(value('int16'), storages).unreadable).toBe('a big-endian int16 tensor')
    expect(rebuild(value('int32'), storages).unreadable).toBeUndefined()
  })

  test('with newer types cannot be read, because it is uncertain how PyTorch interprets them', () => {
    const value = (type: string): Call =>
      call(
        'torch._utils._rebuild_tensor_v3',
        storage('0', 'torch.storage.UntypedStorage', 48),
        0,
        tuple(2),
        tuple(1),
        false,
        OD,
        new Global('torch', type),
      )
    const { storages } = access(undefined, true)
    expect(rebuild(value('uint16'), storages).unreadable).toBe('a big-endian uint16 tensor')
    expect(rebuild(value('float8_e5m2'), storages).unreadable).toBeUndefined()
  })
})

describe('tensors without dense values are listed, and not read', () => {
  const inner = tensor(S, [3], [1])

  test.each<[string, PickleValue, RegExp, number[]]>([
    [
      'sparse',
      call('torch._utils._rebuild_sparse_tensor', 'layout', tuple(inner, inner)),
      /a sparse tensor/,
      [],
    ],
    [
      'meta',
      call(
        'torch._utils._rebuild_meta_tensor_no_storage',
        new Global('torch', 'float32'),
        tuple(2, 3),
        tuple(3, 1),
        false,
      ),
      /a meta tensor/,
      [2, 3],
    ],
    [
      'nested',
      call('torch._utils._rebuild_nested_tensor', inner, inner, inner, inner),
      /a nested tensor/,
      [],
    ],
    [
      'quantized by function',
      call('torch._utils._rebuild_qtensor', storage('0', 'QInt8Storage', 12), 0, tuple(12), tuple(1)),
      /a quantized tensor/,
      [12],
    ],
    ['quantized by storage', tensor(storage('0', 'QInt8Storage', 48), [48], [1]), /a quantized tensor/, [48]],
    [
      'yet to be conjugated',
      call('torch._utils._rebuild_tensor_v2', S, 0, tuple(2), tuple(1), false, OD, dict({ conj: true })),
      /has yet to conj/,
      [2],
    ],
    [
      'with its storage inside the pickle',
      call(
        'torch._utils._rebuild_tensor_v2',
        call('torch.storage._load_from_bytes', 'x'),
        0,
        tuple(2),
        tuple(1),
      ),
      /whose storage is inside the pickle/,
      [2],
    ],
    ...['data', 'real', 'imag', '__dict__'].map<[string, PickleValue, RegExp, number[]]>(name => [
      `whose state sets ${name}`,
      call('torch._utils._rebuild_parameter_with_state', inner, false, OD, dict({ [name]: inner })),
      /whose state replaces its data/,
      [],
    ]),
    [
      'whose state sets data, in a tuple with slots',
      call(
        'torch._utils._rebuild_parameter_with_state',
        inner,
        false,
        OD,
        tuple(null, dict({ data: inner })),
      ),
      /whose state replaces its data/,
      [],
    ],
    [
      'whose type sets data',
      call(
        'torch._tensor._rebuild_from_type_v2',
        new Global('torch._utils', '_rebuild_tensor_v2'),
        new Global('torch', 'Tensor'),
        inner.args,
        dict({ data: inner }),
      ),
      /whose state replaces its data/,
      [],
    ],
    ...[tuple(inner, null, OD, true, false), tuple(S, 0, tuple(2), tuple(1)), dict({ data: inner })].map<
      [string, PickleValue, RegExp, number[]]
    >((state, index) => [
      `a parameter with BUILD, ${index}`,
      withState(call('torch._utils._rebuild_parameter', inner, true, OD), state),
      /whose state replaces its data/,
      [],
    ]),
    [
      'a parameter without arguments that is set to a storage',
      withState(call('torch.nn.parameter.Parameter'), tuple(S, 0, tuple(2), tuple(1))),
      /whose state replaces its data/,
      [],
    ],
    ...[
      dict({ neg: false }),
      dict({ other: true }),
      new Map([[Uint8Array.of(1), 1]]),
      call('collections.OrderedDict', dict({ neg: true })),
      call('m.C'),
      1,
    ].map<[string, PickleValue, RegExp, number[]]>((metadata, index) => [
      `with metadata, ${index}`,
      call('torch._utils._rebuild_tensor_v2', S, 0, tuple(2), tuple(1), false, OD, metadata),
      /metadata that may change its values/,
      [2],
    ]),
    [
      'cast to another type',
      call(
        'torch._utils._rebuild_device_tensor_from_cpu_tensor',
        inner,
        new Global('torch', 'float16'),
        'xla:0',
      ),
      /that is cast to another type/,
      [3],
    ],
    [
      'of 10^15 elements that share one number',
      tensor(S, [10 ** 5, 10 ** 5, 10 ** 5], [0, 0, 0]),
      /a tensor of 4000000000000000 bytes, expanded from a storage of 48/,
      [10 ** 5, 10 ** 5, 10 ** 5],
    ],
    ['of 0.1.10 without a storage', call('torch.FloatTensor'), /without a storage/, []],
  ])('%s', async (_, value, what, shape) => {
    const rebuilt = rebuild(value)
    expect(rebuilt.unreadable).toMatch(what)
    expect(rebuilt.shape).toEqual(shape)
    await expect(rebuilt.copyTo(async () => {})).rejects.toThrow(UnsupportedError)
  })

  test('a tensor expanded to a gigabyte is read', () => {
    expect(rebuild(tensor(S, [2 ** 14, 2 ** 14], [0, 0])).unreadable).toBeUndefined()
  })
})

describe('what is not a tensor', () => {
  test.each<[string, PickleValue]>([
    ['None', null],
    ['a number', 3],
    ['a dict', dict({})],
    ['a storage alone', S],
    ['another call', call('os.system', 'ls')],
    ['a call of a call', new Call(call('os.system'), tuple())],
    ['a parameter of nothing', call('torch.nn.parameter.Parameter')],
    [
      'an indirect call without a function',
      call('torch._tensor._rebuild_from_type_v2', 'f', 'T', tuple(), null),
    ],
    ['a name from an object', call('Object.prototype.toString')],
  ])('%s', (_, value) => {
    expect(rebuildTensor(value, access().storages, 'x.pkl')).toBeUndefined()
  })
})

describe('invalid tensors are refused', () => {
  const v2 = (...args: PickleValue[]): Call => call('torch._utils._rebuild_tensor_v2', ...args)

  let deep: PickleValue = tensor(S, [3], [1])
  for (let i = 0; i < 9; i++) deep = call('torch.nn.parameter.Parameter', deep)
  const axes = Array<number>(65).fill(1)

  test.each<[string, PickleValue, RegExp]>([
    [
      'halves in a storage of floats',
      withState(call('torch.HalfTensor'), tuple(S, 0, tuple(12), tuple(1))),
      /expected a storage of float16 in a torch.HalfTensor, found 'float32'/,
    ],
    [
      'an object of a function',
      new Instance(
        new Global('torch._utils', '_rebuild_tensor_v2'),
        tuple(S, 0, tuple(12), tuple(1), false, OD),
      ),
      /expected a call of the function, which has no instances/,
    ],
    ['a tensor in nine wrappers', deep, /up to 8 wrappers around a tensor/],
    ['65 axes', tensor(S, axes, axes), /up to 64 sizes, found a tuple of 65/],
    [
      'sizes as a list, which might have changed',
      v2(S, 1, [2, 2], [4, 1]),
      /a tuple of sizes, found a list of 2/,
    ],
    ['sizes as torch.Size of a list', v2(S, 1, call('torch.Size', [2]), tuple(1)), /a tuple of sizes/],
    [
      'a tensor that is set to another storage',
      withState(tensor(S, [3], [1]), tuple(S, 0, tuple(3), tuple(1))),
      /a tensor without a state, found a tuple of 4/,
    ],
    ['one element too many', tensor(S, [13], [1]), /needs 52 bytes of storage '0', which has 48/],
    ['an offset too far', tensor(S, [3], [1], 10), /shape \(3\), stride \(1\) and offset 10 needs 52 bytes/],
    ['a stride too large', tensor(S, [2], [12]), /needs 52 bytes/],
    ['a stride of 2^53 - 1', tensor(S, [2, 2], [2 ** 53 - 1, 2 ** 53 - 1]), /which has 48/],
    ['a shape of 10^20 elements, expanded', tensor(S, [10 ** 10, 10 ** 10], [0, 0]), /which has 48/],
    ['a negative size', tensor(S, [-1], [1]), /a size or stride of 0 or more, found -1/],
    ['a negative stride', tensor(S, [2], [-1]), /a size or stride of 0 or more, found -1/],
    ['a negative offset', tensor(S, [1], [1], -1), /an offset of 0 or more, found -1/],
    ['half an offset', v2(S, 0.5, tuple(1), tuple(1)), /an offset of 0 or more, found 0\.5/],
    ['more sizes than strides', tensor(S, [2, 2], [1]), /as many strides as sizes \(2\), found '1 strides'/],
    ['a size that is a string', v2(S, 0, tuple('2'), tuple(1)), /a size or stride of 0 or more, found '2'/],
    ['sizes that are a dict', v2(S, 0, dict({}), tuple(1)), /a tuple of sizes, found a dict of 0/],
    ['no arguments', v2(), /a reference to a storage, found nothing/],
    ['no strides', v2(S, 0, tuple(1)), /a tuple of sizes, found nothing/],
    ['no storage', v2(null, 0, tuple(1), tuple(1)), /a reference to a storage, found None/],
    [
      'a module as storage',
      v2(new Persistent(tuple('module', 'a', 'b', 'c')), 0, tuple(1), tuple(1)),
      /a reference/,
    ],
    [
      'an untyped storage',
      tensor(storage('0', 'torch.storage.UntypedStorage', 48), [1], [1]),
      /a storage with a type/,
    ],
    [
      'a type that does not exist',
      call(
        'torch._utils._rebuild_tensor_v3',
        S,
        0,
        tuple(1),
        tuple(1),
        false,
        OD,
        new Global('torch', 'float31'),
      ),
      /expected a dtype, found torch\.float31/,
    ],
    [
      'no type',
      call('torch._utils._rebuild_tensor_v3', S, 0, tuple(1), tuple(1), false, OD),
      /expected a dtype, found nothing/,
    ],
    [
      'a state of 0.1.10 that is not a tuple',
      Object.assign(call('torch.FloatTensor'), { state: dict({}) }),
      /\(storage, offset, size, stride\), found a dict of 0/,
    ],
  ])('%s', (_, value, message) => {
    expect(() => rebuild(value)).toThrow(FormatError)
    expect(() => rebuild(value)).toThrow(message)
  })

  test('an element that is half outside', () => {
    const value = call(
      'torch._utils._rebuild_tensor_v3',
      storage('0', 'torch.storage.UntypedStorage', 47),
      0,
      new Tuple([12]),
      tuple(1),
      false,
      OD,
      new Global('torch', 'float32'),
    )
    expect(() => rebuild(value)).toThrow(/needs 48 bytes of storage '0', which has 47/)
  })
})

/** 300^9 values, if each were visited: with the memo, half a kilobyte contains them. */
test('a sparse tensor of nested tuples is described at once', async () => {
  let parts: PickleValue = tuple()
  for (let depth = 0; depth < 9; depth++) parts = tuple(...Array.from({ length: 300 }, () => parts))
  const told = rebuildTensor(call('torch._utils._rebuild_sparse_tensor', 'x', parts), access().storages, 'x')
  expect(told).toMatchObject({ unreadable: 'a sparse tensor', shape: [] })
})
