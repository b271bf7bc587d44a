/** Checkpoints that current PyTorch does not write, but every version loads with `weights_only=True`: seeds for mutants. */
import { encodePickle } from '../../src/pickle/encode.ts'
import { Call, Global, type Persistent, type PickleValue } from '../../src/pickle/values.ts'
import { bytesOf, globalName, type Part, text, u32 } from './pickle-bytes.ts'
import { call, dict, floats, legacyBytes, storage, tensor, torchZipBytes, tuple } from './torch-bytes.ts'

/** A value in a hand-made pickle: without protocol and STOP. */
function inner(value: PickleValue): Uint8Array {
  return encodePickle(value).subarray(2, -1)
}

const pickle = (...parts: readonly Part[]): Uint8Array => bytesOf('\x80\x02', ...parts, '.')
/** SHORT_BINSTRING: bytes, as Python 2 wrote all its texts. */
const old = (value: string): Uint8Array => bytesOf('U', value.length, value)

/** The end of a reference to a storage: nothing in archives; in streams, a window or None. */
type End = readonly PickleValue[]

const floating = (key: string, count: number, end: End): Persistent =>
  storage(key, 'FloatStorage', count, ...end)

const rebuilt = (name: string, ...args: PickleValue[]): Call =>
  new Call(new Global('torch._utils', name), tuple(...args))

function values(end: End): readonly (PickleValue & object)[] {
  const whole = floating('1', 6, end)
  const hooks = call('collections.OrderedDict')
  const first = tensor(floating('0', 3, end), [3], [1])
  const second = tensor(whole, [2, 3], [3, 1])
  const dense = (...more: PickleValue[]): Call =>
    rebuilt('_rebuild_tensor_v2', whole, 1, tuple(2), tuple(2), false, hooks, ...more)
  return [
    // Python 2: lists of pairs, and names that are bytes.
    pickle(
      globalName('collections', 'OrderedDict'),
      '(](](',
      old('weight'),
      inner(first),
      'e](',
      old('bias'),
      inner(second),
      'ee',
      'tR',
    ),
    pickle(
      '}(',
      old('state_dict'),
      '}(',
      old('a'),
      inner(first),
      old('b.c'),
      inner(second),
      'u',
      old('epoch'),
      'K\x03u',
    ),
    // The memo: a reused slot, a tensor in three places, and a name.
    pickle(
      '}(',
      text('a'),
      'q\x00',
      inner(first),
      'q\x01',
      'X',
      u32(1),
      'b',
      'q\x00',
      'h\x01',
      text('c'),
      inner(second),
      'q\x01',
      'h\x00',
      'h\x01',
      'u',
    ),
    // A key that is set twice, and keys that are not texts.
    pickle(
      '}',
      text('a'),
      inner(first),
      's',
      text('a'),
      inner(second),
      's',
      'K\x01',
      inner(first),
      's',
      '\x88',
      inner(second),
      's',
    ),
    pickle('}(K\x01', inner(first), 'K\x02', inner(second), text('1'), inner(second), 'u'),
    // An OrderedDict created from a dict, and extended.
    pickle(
      globalName('collections', 'OrderedDict'),
      '}(',
      text('a'),
      inner(first),
      text('b'),
      inner(second),
      'u\x85R',
      text('a'),
      inner(second),
      's',
    ),
    // The attribute of a state dict.
    pickle(
      globalName('collections', 'OrderedDict'),
      ')R(',
      text('a.weight'),
      inner(first),
      text('a.bias'),
      inner(second),
      'u}',
      text('_metadata'),
      globalName('collections', 'OrderedDict'),
      ')Rsb',
    ),
    // A state on a tensor.
    pickle('}(', text('a'), inner(first), '}b', text('b'), inner(second), 'u'),
    dict({
      old: rebuilt('_rebuild_tensor', whole, 2, tuple(2, 2), tuple(1, 2)),
      plain: first,
    }),
    dict({ a: dense(dict({})), plain: first }),
    dict({
      parameter: rebuilt('_rebuild_parameter', first, true, hooks),
      both: rebuilt('_rebuild_parameter', rebuilt('_rebuild_parameter', second, false, hooks), true, hooks),
    }),
    dict({
      plain: first,
      windows: tensor(whole, [3, 2], [2, 1]),
      over: tensor(whole, [4, 3], [1, 1]),
      flat: tensor(whole, [5], [0], 3),
      none: tensor(whole, [0, 7], [7, 1]),
      scalar: tensor(whole, [], [], 5),
    }),
    dict({
      size: call('torch.Size', tuple(2, 3)),
      a: first,
      nested: dict({ 'x.y': first, x: dict({ y: second }) }),
    }),
  ]
}

/** All storage types, read in steps. */
const TYPES = dict(
  Object.fromEntries(
    ['Half', 'BFloat16', 'Bool', 'Char', 'Byte', 'Short', 'Int', 'Long', 'Double', 'ComplexFloat'].map(
      (type, key) => [type, tensor(storage(String(key), `${type}Storage`, 6), [2, 2], [1, 3], 1)],
    ),
  ),
)
const SIZES = [2, 2, 1, 1, 1, 2, 4, 8, 8, 8]

const STORAGES = { 0: floats(1, 2, 3), 1: floats(4, 5, 6, 7, 8, 9) }

export const HAND_MADE: readonly Uint8Array[] = [
  ...values([]).map(value => torchZipBytes({ value: value as PickleValue, storages: STORAGES })),
  torchZipBytes({
    value: TYPES,
    storages: Object.fromEntries(
      SIZES.map((size, key) => [
        key,
        Uint8Array.from({ length: 6 * size }, (_, at) => (size === 1 ? at % 2 : at)),
      ]),
    ),
  }),
  ...values([null]).map(value => {
    const [three, six] = [STORAGES[0], STORAGES[1]]
    return legacyBytes({
      value: value as PickleValue,
      keys: ['0', '1'],
      storages: [
        [3, three],
        [6, six],
      ],
    })
  }),
  // Windows of a storage, with their own keys.
  legacyBytes({
    value: dict({
      a: tensor(storage('0', 'FloatStorage', 6, tuple('0v', 2, 3)), [3], [1]),
      b: tensor(floating('0', 6, [null]), [2, 3], [3, 1]),
      c: tensor(storage('0', 'FloatStorage', 6, tuple('0v', 2, 3)), [2], [1], 1),
    }),
    keys: ['0'],
    storages: [[6, STORAGES[1]]],
  }),
]
