/** Where PyTorch reads one thing and a careless reader another: we read the same as PyTorch, or refuse. */
import { expect, test } from 'vitest'
import { memorySource } from '../../../src/bytes/source.ts'
import { openCheckpoint } from '../../../src/formats/index.ts'
import { Global, type PickleValue } from '../../../src/pickle/values.ts'
import {
  bytesOf,
  decodeValue,
  globalName,
  HOOKS,
  STORAGE,
  text,
  u32,
  u64,
} from '../../helpers/pickle-bytes.ts'
import {
  call,
  dict,
  floats,
  legacyBytes,
  MAGIC,
  openLegacy,
  openTorchZip,
  storage,
  tensor,
  tuple,
  vector,
} from '../../helpers/torch-bytes.ts'

test("a NUL in the key of a storage, where PyTorch would end the record's name", async () => {
  const opening = openTorchZip({
    value: dict({ a: vector('0\0x', 1) }),
    storages: { '0': floats(0), '0\0x': floats(1) },
  })
  await expect(opening).rejects.toThrow('NUL')
})

/** A stream whose first 512 bytes are also a tar header, which PyTorch tries first. */
function streamAndTar(): Uint8Array {
  const start = bytesOf(MAGIC, '\x80\x02M\xe9\x03.', '\x80\x02X')
  const head = bytesOf(start, u32(512 - start.length - 5), new Uint8Array(512 - start.length - 5), '.')
  head.set(bytesOf('00000000000'), 124)
  head.fill(0x20, 148, 156)
  const sum = head.reduce((total, byte) => total + byte, 0)
  head.set(bytesOf(`${sum.toString(8).padStart(6, '0')}\0 `), 148)
  const stream = legacyBytes({ value: dict({ a: vector('0', 1) }), keys: ['0'], storages: [[1, floats(1)]] })
  // After the magic number and the version, the tar header replaces the description of the machine.
  const machine = Buffer.from(stream).indexOf('little_endian')
  const object = stream.indexOf(0x80, machine)
  return bytesOf(head, stream.subarray(object))
}

test('a stream that is also a tar archive', async () => {
  await expect(openCheckpoint(memorySource(streamAndTar(), 'x'))).rejects.toThrow('and a tar archive')
})

test.each<[string, string, [PickleValue, PickleValue][]]>([
  ['1 and True', 'K\x01K\x05\x88K\x06', [[1, 6]]],
  ['False and 0', '\x89K\x05K\x00K\x06', [[false, 6]]],
  [
    '1, 1.0 and 2',
    'K\x01K\x05G\x3f\xf0\0\0\0\0\0\0K\x06K\x02K\x07',
    [
      [1, 6],
      [2, 7],
    ],
  ],
])('keys that are equal in Python: %s', async (_, pairs, entries) => {
  expect(await decodeValue('\x80\x02}(', pairs, 'u.')).toEqual(new Map(entries))
})

const STATE = bytesOf('(', STORAGE, 'K\x00K\x02\x85K\x01\x85tb')
const PARAMETER = 'ctorch._utils\n_rebuild_parameter\n('

test.each<[string, Uint8Array, RegExp | undefined]>([
  [
    'filled after it was wrapped',
    bytesOf(`q\x010${PARAMETER}h\x01\x89${HOOKS}tRh\x01`, STATE, '0'),
    /filled before it was wrapped/,
  ],
  ['filled before', bytesOf(STATE, `q\x010${PARAMETER}h\x01\x89${HOOKS}tR`), undefined],
])('an old tensor, %s', async (_, rest, message) => {
  const value = bytesOf('\x80\x02}', text('w'), 'ctorch\nFloatTensor\n)R', rest, 's.')
  const opening = openTorchZip({ value, storages: { '0': floats(1, 2) } })
  if (message) await expect(opening).rejects.toThrow(message)
  else expect((await opening).sections.get('')!.get('w')).toMatchObject({ shape: [2], dtype: 'float32' })
})

test('the class in a reference to source code counts as called', async () => {
  const module = bytesOf('(', text('module'), globalName('os', 'mkdir'), 'NNtQ')
  const value = bytesOf('\x80\x02}', text('x'), module, text('y'), '\x85Rs.')
  const { foreign } = await openLegacy({ value })
  expect(foreign).toEqual([expect.objectContaining({ name: 'os.mkdir', calls: 1, severity: 'dangerous' })])
})

test('the class that copyreg instantiates counts as called', async () => {
  const value = bytesOf(
    '\x80\x02}',
    text('x'),
    'ccopy_reg\n_reconstructor\n(cmine\nThing\nc__builtin__\nobject\nNtR}bs.',
  )
  const { foreign } = await openTorchZip({ value })
  expect(foreign).toContainEqual(expect.objectContaining({ name: 'mine.Thing', calls: 1 }))
})

test('a whole model in a stream is listed with its class', async () => {
  const cls = bytesOf(
    '(',
    text('module'),
    globalName('models', 'Net'),
    text('net.py'),
    text('class Net'),
    'tQ',
  )
  const storage = bytesOf(
    '(',
    text('storage'),
    globalName('torch', 'FloatStorage'),
    text('0'),
    text('cpu'),
    'K\x02NtQ',
  )
  const weight = bytesOf(
    'ctorch._utils\n_rebuild_tensor_v2\n(',
    storage,
    `K\x00K\x02\x85K\x01\x85\x89${HOOKS}tR`,
  )
  const state = bytesOf(
    '}(',
    text('_parameters'),
    '}',
    text('w'),
    weight,
    's',
    text('_modules'),
    '}',
    text('training'),
    '\x88u',
  )
  const { objects } = await openLegacy({
    value: bytesOf('\x80\x02', cls, ')\x81', state, 'b.'),
    keys: ['0'],
    storages: [[2, floats(1, 2)]],
  })
  expect(objects).toEqual([expect.objectContaining({ class: 'models.Net', isModule: true })])
})

const layout = call('torch.serialization._get_layout', 'torch.sparse_coo')
const indices = tensor(storage('0', 'LongStorage', 2), [2, 1], [1, 1])
const values = tensor(storage('1', 'DoubleStorage', 1), [1], [1])
const size = call('torch.Size', tuple(3, 4))
const SPARSE = { '0': new Uint8Array(16), '1': u64(0) }

test.each<[string, PickleValue, Record<string, Uint8Array>, string, number[]]>([
  [
    'quantised',
    call(
      'torch._utils._rebuild_qtensor',
      ...[storage('0', 'QInt8Storage', 6), 0, tuple(2, 3), tuple(3, 1)],
      ...[tuple(new Global('torch', 'per_tensor_affine'), 1, 0), false, call('collections.OrderedDict')],
    ),
    { '0': new Uint8Array(6) },
    'qint8',
    [2, 3],
  ],
  [
    'sparse',
    call('torch._utils._rebuild_sparse_tensor', layout, tuple(indices, values, size, true)),
    SPARSE,
    'float64',
    [3, 4],
  ],
  [
    'sparse, of 1.13',
    call('torch._utils._rebuild_sparse_tensor', layout, tuple(indices, values, size)),
    SPARSE,
    'float64',
    [3, 4],
  ],
  [
    'meta',
    call(
      'torch._utils._rebuild_meta_tensor_no_storage',
      new Global('torch', 'float16'),
      tuple(5),
      tuple(1),
      false,
    ),
    {},
    'float16',
    [5],
  ],
])(
  'a tensor that cannot be copied is listed with its type and shape: %s',
  async (_, w, storages, dtype, shape) => {
    const { sections } = await openTorchZip({ value: dict({ w }), storages })
    expect(sections.get('')!.get('w')).toMatchObject({ dtype, shape, unreadable: expect.any(String) })
  },
)

const TENSOR_OF = (key: string) =>
  bytesOf(
    'ctorch._utils\n_rebuild_tensor_v2\n((',
    text('storage'),
    globalName('torch', 'FloatStorage'),
    text(key),
    text('cpu'),
    'K\x02tQ',
    `K\x00K\x02\x85K\x01\x85\x89${HOOKS}tR`,
  )

test.each<[string, Uint8Array]>([
  ['str', bytesOf('c__builtin__\nstr\n', text('w'), '\x85R')],
  ['a version', bytesOf('ctorch.torch_version\nTorchVersion\n', text('w'), '\x85R')],
  ['a NumPy string', bytesOf('cnumpy\nstr_\n', text('w'), '\x85R')],
])('a key made by %s, which for PyTorch equals the previous one', async (_, key) => {
  const value = bytesOf('\x80\x02}(', text('w'), TENSOR_OF('0'), key, TENSOR_OF('1'), 'u.')
  const opening = openTorchZip({ value, storages: { '0': floats(1, 2), '1': floats(3, 4) } })
  await expect(opening).rejects.toThrow('as a key, which may equal another one')
})

test('a tensor as a key, which equals nothing else', async () => {
  const value = bytesOf('\x80\x02}(', text('w'), TENSOR_OF('0'), TENSOR_OF('1'), 'K\x01u.')
  const { sections } = await openTorchZip({ value, storages: { '0': floats(1, 2), '1': floats(3, 4) } })
  expect([...sections.get('')!.keys()]).toEqual(['w'])
})

test('opcodes of two protocols', async () => {
  const value = bytesOf('\x80\x04}', text('x'), globalName('__builtin__', 'set'), 's\x80\x02.')
  await expect(openTorchZip({ value })).rejects.toThrow('expected pickle protocol 4 to the end, found 2')
})

test.each<[string, string]>([
  ['a size', 'K\x00G\x40\0\0\0\0\0\0\0\x85K\x01\x85'],
  ['a stride', 'K\x00K\x02\x85G\x3f\xf0\0\0\0\0\0\0\x85'],
  ['an offset', 'G\0\0\0\0\0\0\0\0K\x02\x85K\x01\x85'],
])('%s as a float, which PyTorch refuses', async (_, layout) => {
  const value = bytesOf(
    '\x80\x02}',
    text('w'),
    'ctorch._utils\n_rebuild_tensor_v2\n(',
    STORAGE,
    layout,
    `\x89${HOOKS}tRs.`,
  )
  await expect(openTorchZip({ value, storages: { '0': floats(1, 2) } })).rejects.toThrow('expected integers')
})

const SOUND = { value: dict({ a: vector('0', 1) }), storages: { '0': floats(1) } }

// PyTorch reads 511 bytes of a name.
test('a top folder whose name PyTorch would truncate', async () => {
  expect((await openTorchZip({ ...SOUND, top: `${'x'.repeat(510)}/` })).sections.size).toBe(1)
  await expect(openTorchZip({ ...SOUND, top: `${'x'.repeat(511)}/` })).rejects.toThrow('more than 510 bytes')
})

test.each([
  ['64', 'always'],
  [' +6_4\n', 'always'],
  ['-1', 'always'],
  ['x', 'never'],
  ['', 'never'],
  ['6__4', 'never'],
  ['0x40', 'never'],
])('with an alignment of %j, it loads: %s', async (alignment, loads) => {
  const { torchLoads } = await openTorchZip({ ...SOUND, records: { '.storage_alignment': alignment } })
  expect(torchLoads).toBe(loads)
})

test('an alignment in a record with an upper-case name, which PyTorch reads too', async () => {
  const opening = openTorchZip({ ...SOUND, records: { '.STORAGE_ALIGNMENT': 'x' } })
  await expect(opening).rejects.toThrow('which PyTorch treats as the same')
})

test('counts from big-endian machines, which others do not read', async () => {
  const value = dict({ a: tensor(storage('0', 'FloatStorage', 1, null), [1], [1]) })
  const loads = async (count: number) =>
    (await openLegacy({ value, keys: ['0'], storages: [[count, floats(1)]] })).torchLoads
  expect([await loads(1), await loads(2 ** 56)]).toEqual(['always', 'never'])
})
