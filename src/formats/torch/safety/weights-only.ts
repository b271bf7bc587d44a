/**
 * What `torch.load` accepts with `weights_only=True`, the default since PyTorch 2.6, which MMEngine (0.10.7) does not
 * override. Source: torch/_weights_only_unpickler.py of PyTorch 2.13; a test asks PyTorch itself.
 */
import { firstFew } from '../../../bytes/text.ts'
import type { Pickle } from '../../../pickle/decode.ts'
import { type Call, type Persistent, Tuple } from '../../../pickle/values.ts'

const OPCODES: ReadonlySet<string> = new Set(
  (
    'PROTO STOP MARK TUPLE TUPLE1 TUPLE2 TUPLE3 EMPTY_TUPLE EMPTY_LIST EMPTY_DICT EMPTY_SET NONE NEWTRUE NEWFALSE BININT ' +
    'BININT1 BININT2 LONG1 BINFLOAT BINUNICODE SHORT_BINSTRING BINPERSID BINGET LONG_BINGET BINPUT LONG_BINPUT GLOBAL ' +
    'NEWOBJ REDUCE BUILD APPEND APPENDS SETITEM SETITEMS'
  ).split(' '),
)

const ELEMENTS = ['Double', 'Float', 'Half', 'BFloat16', 'Long', 'Int', 'Short', 'Char', 'Byte', 'Bool']
const MODULES = ['torch', 'torch.cuda']

const DTYPES = (
  'float16 float32 float64 bfloat16 complex32 complex64 complex128 bool float8_e4m3fn float8_e4m3fnuz float8_e5m2 ' +
  'float8_e5m2fnuz float8_e8m0fnu float4_e2m1fn_x2 bits8 bits16 bits1x8 bits2x4 bits4x2 qint8 qint32 quint8 quint4x2 quint2x4'
).split(' ')
const INTEGERS = ['int', 'uint'].flatMap(kind =>
  [1, 2, 3, 4, 5, 6, 7, 8, 16, 32, 64].map(bits => kind + bits),
)

const REBUILDS = (
  'parameter parameter_with_state qtensor tensor tensor_v2 tensor_v3 sparse_tensor meta_tensor_no_storage nested_tensor ' +
  'wrapper_subclass device_tensor_from_numpy device_tensor_from_cpu_tensor'
).split(' ')

const FILLED = ['collections.OrderedDict', 'collections.Counter']

/** By their Python 3 names. */
export const ALLOWED: ReadonlySet<string> = new Set([
  ...FILLED,
  ...['_codecs.encode', 'builtins.bytearray', 'builtins.complex', 'builtins.set'],
  ...['Size', 'Tensor', 'device', ...DTYPES, ...INTEGERS].map(name => `torch.${name}`),
  ...[
    'torch.nn.parameter.Parameter',
    'torch.serialization._get_layout',
    'torch._tensor._rebuild_from_type_v2',
  ],
  ...['torch.storage.TypedStorage', 'torch.storage.UntypedStorage'],
  ...MODULES.flatMap(module =>
    ELEMENTS.flatMap(name => [`${module}.${name}Tensor`, `${module}.${name}Storage`]),
  ),
  ...MODULES.flatMap(module => ['ComplexFloat', 'ComplexDouble'].map(name => `${module}.${name}Storage`)),
  ...MODULES.flatMap(module =>
    ELEMENTS.filter(name => name !== 'Bool').map(name => `${module}.sparse.${name}Tensor`),
  ),
  ...['QInt8', 'QInt32', 'QUInt8', 'QUInt4x2', 'QUInt2x4'].map(name => `torch.${name}Storage`),
  ...[
    'tensor_affine',
    'tensor_symmetric',
    'channel_affine',
    'channel_symmetric',
    'channel_affine_float_qparams',
  ].map(scheme => `torch.per_${scheme}`),
  ...REBUILDS.map(name => `torch._utils._rebuild_${name}`),
])

/**
 * Why PyTorch since 2.6 refuses a file with these pickles by default.
 * @returns words that follow "refuse the file:"; undefined if it accepts the file
 */
export function whyRefused(...pickles: readonly Pickle[]): string | undefined {
  const names = new Set(
    pickles.flatMap(({ globals }) => globals.flatMap(({ path }) => (isAllowed(path) ? [] : [path]))),
  )
  if (names.size > 0) return `it names ${firstFew(names)}`
  const protocol = Math.max(...pickles.map(pickle => pickle.protocol))
  const opcodes = new Set(pickles.flatMap(({ opcodes }) => opcodes.filter(name => !OPCODES.has(name))))
  if (opcodes.size > 0)
    return `it was written with pickle protocol ${protocol} and uses opcodes that are not allowed: ${firstFew(opcodes)}`
  if (pickles.some(({ persistent }) => !persistent.every(isStorage)))
    return 'it contains the source code of classes'
  return pickles.some(({ calls }) => !calls.every(isPlain))
    ? 'it sets items of objects that are not dicts'
    : undefined
}

/** Protocol 2 uses the names of Python 2. */
function isAllowed(path: string): boolean {
  return ALLOWED.has(path.replace(/^__builtin__\./, 'builtins.'))
}

function isStorage({ id }: Persistent): boolean {
  return (
    typeof id === 'number' || (id instanceof Tuple && (id.items.length === 0 || id.items[0] === 'storage'))
  )
}

function isPlain({ path, items, entries }: Call): boolean {
  return path !== '' && items.length === 0 && (entries.size === 0 || FILLED.includes(path))
}
