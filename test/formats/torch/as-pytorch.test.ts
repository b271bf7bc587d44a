/** Guards the places where PyTorch reads one thing and a careless reader another: we read the same, or refuse. */
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

test('a NUL in the key of a storage, where PyTorch ends the name of the record', async () => {
  const opening = openTorchZip({
    value: dict({ a: vector('0\0x', 1) }),
    storages: { '0': floats(0), '0\0x': floats(1) },
  })
  await expect(opening).rejects.toThrow('NUL')
})

/** A stream whose first 512 bytes are also the header of a tar archive, which PyTorch tries first. */
function streamAndTar(): Uint8Array {
  const start = bytesOf(MAGIC, '\x80\x02M\xe9\x03.', '\x80\x02X')
  const head = bytesOf(start, u32(512 - start.length - 5), new Uint8Array(512 - start.length - 5), '.')
  head.set(bytesOf('00000000000'), 124)
  head.fill(0x20, 148, 156)
  const sum = head.reduce((total, byte) => total + byte, 0)
  head.set(bytesOf(`${sum.toString(8).padStart(6, '0')}\0 `), 148)
  const stream = legacyBytes({ value: dict({ a: vector('0', 1) }), keys: ['0'], storages: [[1, floats(1)]] })
  // Behind the magic number and the version, the header stands in the place of the description of the machine.
  const machine = Buffer.from(stream).indexOf('little_endian')
  const object = stream.indexOf(0x80, machine)
  return bytesOf(head, stream.subarray(object))
}

test('a stream that is a tar archive too', async () => {
  await expect(openCheckpoint(memorySource(streamAndTar(), 'x'))).rejects.toThrow('a tar archive at once')
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
])('keys that Python takes for one: %s', async (_, pairs, entries) => {
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

test('what a reference to a class is the class of, is called', async () => {
  const module = bytesOf('(', text('module'), globalName('os', 'mkdir'), 'NNtQ')
  const value = bytesOf('\x80\x02}', text('x'), module, text('y'), '\x85Rs.')
  const { foreign } = await openLegacy({ value })
  expect(foreign).toEqual([expect.objectContaining({ name: 'os.mkdir', calls: 1, severity: 'dangerous' })])
})

test('the class that copyreg makes an object of, is called', async () => {
  const value = bytesOf(
    '\x80\x02}',
    text('x'),
    'ccopy_reg\n_reconstructor\n(cmine\nThing\nc__builtin__\nobject\nNtR}bs.',
  )
  const { foreign } = await openTorchZip({ value })
  expect(foreign).toContainEqual(expect.objectContaining({ name: 'mine.Thing', calls: 1 }))
})

test('a whole model in a stream has the name of its class', async () => {
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
])('a tensor that cannot be copied is listed as what it is: %s', async (_, w, storages, dtype, shape) => {
  const { sections } = await openTorchZip({ value: dict({ w }), storages })
  expect(sections.get('')!.get('w')).toMatchObject({ dtype, shape, unreadable: expect.any(String) })
})
