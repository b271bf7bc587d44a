/**
 * How writers create objects: calls that are known to succeed with any PyTorch. The class or function may refuse any other
 * form. Sources: torch/_utils.py, torch/_tensor.py; `__reduce__` of Python's own classes and of NumPy's; Lib/copyreg.py.
 */
import { Call, FloatTuple, Global, Instance, type PickleValue, Tuple } from '../../../pickle/values.ts'
import { DICTS } from '../globals.ts'
import { MAX_AXES } from '../layout.ts'
import { type Args, type Form, lookedAtOnce } from './form.ts'
import { isHashable } from './hashable.ts'
import { TENSOR_FORMS } from './tensor-forms.ts'

const isText = (value: PickleValue | undefined): value is string => typeof value === 'string'
const isInteger = (value: PickleValue | undefined): value is number => Number.isSafeInteger(value)
const isNothing = (args: Args): boolean => args.length === 0
const hasTextKeys = lookedAtOnce((state: Map<PickleValue, PickleValue>) =>
  [...state.keys()].every(key => typeof key === 'string'),
)
const isState = (state: PickleValue): boolean => state instanceof Map && hasTextKeys(state)
/** `_metadata` and similar. A method's name would replace the method. */
const isStateOfDict = (state: PickleValue): boolean =>
  state instanceof Map && [...state.keys()].every(key => isText(key) && /^_[A-Za-z]/.test(key))
const arePairs = lookedAtOnce((items: PickleValue[]) => items.every(isPair))
const areHashable = lookedAtOnce((items: PickleValue[]) => items.every(item => isHashable(item) === true))

/** A dict, or pairs, with valid keys. */
function isOfEntries(value: PickleValue | undefined): boolean {
  if (value instanceof Map || (value instanceof Call && DICTS.has(value.path))) return true
  return Array.isArray(value) && arePairs(value)
}

function isPair(pair: PickleValue): boolean {
  const items = pair instanceof Tuple ? pair.items : pair
  return Array.isArray(items) && items.length === 2 && isHashable(items[0]!) === true
}

const isAtMostOne =
  (is: (value: PickleValue | undefined) => boolean) =>
  (args: Args): boolean =>
    args.length === 0 || (args.length === 1 && is(args[0]))

const ATTRIBUTES: Form = { takes: isNothing, byNew: 'only', state: isState }
const OF_HASHABLE: Form = {
  takes: isAtMostOne(items => Array.isArray(items) && areHashable(items)),
}
const DICT: Form = { takes: isAtMostOne(isOfEntries), holds: 'entries' }
const PATH: Form = {
  takes: args => args.every(part => isText(part) && part.length < 4096 && !part.includes('\0')),
}

/** What a `defaultdict` creates its values with. */
const FACTORIES =
  /^(builtins|__builtin__)\.(bool|dict|float|int|list|set|str|tuple)$|^collections\.(OrderedDict|deque)$/

/** Bytes as `pickle` writes them below protocol 3: `_codecs.encode(text, 'latin1')`. */
function textOfBytes(value: PickleValue | undefined): string | undefined {
  if (!(value instanceof Call) || value.path !== '_codecs.encode' || !isKnownForm(value)) return undefined
  return (value.args as Tuple).items[0] as string
}

function lengthOfBytes(value: PickleValue | undefined): number | undefined {
  return value instanceof Uint8Array ? value.length : textOfBytes(value)?.length
}

function byteAt(value: PickleValue | undefined, index: number): number | undefined {
  return value instanceof Uint8Array ? value[index] : textOfBytes(value)?.charCodeAt(index)
}

/** Python only checks the month. */
function isDate([bytes, ...more]: Args, length: number): boolean {
  const month = byteAt(bytes, 2)! & 0x7f
  return more.length === 0 && lengthOfBytes(bytes) === length && month >= 1 && month <= 12
}

/** `f8`, `i4`, `b1`: kinds and sizes of numbers, each with its size in bytes. */
const NUMPY_SIZES: Readonly<Record<string, number>> = {
  ...{ b1: 1, i1: 1, i2: 2, i4: 4, i8: 8, u1: 1, u2: 2, u4: 4, u8: 8 },
  ...{ f2: 2, f4: 4, f8: 8, c8: 8, c16: 16 },
}

const DTYPE: Form = {
  takes: ([code, ...flags]) =>
    isText(code) &&
    Object.hasOwn(NUMPY_SIZES, code) &&
    flags.length === 2 &&
    flags.every(flag => typeof flag === 'boolean' || flag === 0 || flag === 1),
  state: state =>
    state instanceof Tuple &&
    state.items.length === 8 &&
    ['<', '>', '|', '='].includes(state.items[1] as string) &&
    [[3], null, null, null, null, [-1], [-1], [0]].every(
      (is, index) =>
        index === 1 || (is === null ? state.items[index] === null : state.items[index] === is[0]),
    ),
}

function sizeOfDtype(value: PickleValue | undefined): number | undefined {
  if (!(value instanceof Call) || value.path !== 'numpy.dtype' || !isKnownForm(value)) return undefined
  return NUMPY_SIZES[(value.args as Tuple).items[0] as string]
}

const SCALAR: Form = {
  takes: ([dtype, data, ...more]) =>
    more.length === 0 && data !== undefined && lengthOfBytes(data) === sizeOfDtype(dtype),
}

const ARRAY: Form = {
  takes: ([type, shape, code, ...more]) =>
    type instanceof Global &&
    type.path === 'numpy.ndarray' &&
    shape instanceof Tuple &&
    shape.items.length === 1 &&
    shape.items[0] === 0 &&
    (code === 'b' || (lengthOfBytes(code) === 1 && byteAt(code, 0) === 0x62)) &&
    more.length === 0,
  state: state => {
    const [version, shape, dtype, isFortran, data] = state instanceof Tuple ? state.items : []
    const sizes = shape instanceof Tuple && !(shape instanceof FloatTuple) ? shape.items : [-1]
    if (
      version !== 1 ||
      sizes.length > MAX_AXES ||
      typeof isFortran !== 'boolean' ||
      !sizes.every(size => isInteger(size) && size >= 0)
    )
      return false
    const count = (sizes as number[]).reduce((product, size) => product * size, 1)
    return lengthOfBytes(data) === count * (sizeOfDtype(dtype) ?? Number.NaN)
  },
}

/** `copyreg._reconstructor(class, object, None)`, which protocols 0 and 1 use instead of NEWOBJ. */
const RECONSTRUCTED: Form = {
  takes: ([type, base, state, ...more]) =>
    type instanceof Global &&
    FORMS[type.path] === ATTRIBUTES &&
    base instanceof Global &&
    /^(builtins|__builtin__)\.object$/.test(base.path) &&
    state === null &&
    more.length === 0,
  state: isState,
}

function inPython2(names: Readonly<Record<string, Form>>): Readonly<Record<string, Form>> {
  return Object.fromEntries(
    Object.entries(names).flatMap(([name, form]) =>
      ['builtins', '__builtin__'].map(module => [`${module}.${name}`, form]),
    ),
  )
}

/** Long texts are NumPy arrays; the same one may be an argument of thousands of calls. */
const LONG = 1000
const longTexts = new Map<string, boolean>()

function isLatin1(text: string): boolean {
  if (text.length < LONG) return /^[\0-\xff]*$/.test(text)
  const is = longTexts.get(text) ?? /^[\0-\xff]*$/.test(text)
  longTexts.set(text, is)
  return is
}

const FORMS: Readonly<Record<string, Form>> = {
  ...TENSOR_FORMS,
  ...inPython2({
    set: OF_HASHABLE,
    frozenset: OF_HASHABLE,
    dict: DICT,
    bytearray: { takes: isAtMostOne(value => lengthOfBytes(value) !== undefined) },
    bytes: { takes: isNothing },
    complex: {
      takes: args => args.length === 2 && args.every(part => typeof part === 'number'),
      floats: true,
    },
    range: { takes: args => args.length === 3 && args.every(isInteger) && args[2] !== 0 },
    xrange: { takes: args => args.length === 3 && args.every(isInteger) && args[2] !== 0 },
    slice: { takes: args => args.length === 3 },
    object: { takes: isNothing, byNew: 'also' },
  }),
  '_codecs.encode': {
    takes: ([text, codec, ...more]) =>
      isText(text) && isLatin1(text) && codec === 'latin1' && more.length === 0,
  },
  'collections.OrderedDict': { ...DICT, byNew: 'also', state: isStateOfDict },
  'collections.Counter': { ...DICT, takes: isAtMostOne(entries => entries instanceof Map) },
  'collections.defaultdict': {
    ...DICT,
    takes: ([factory, ...entries]) =>
      (factory === undefined ||
        factory === null ||
        (factory instanceof Global && FACTORIES.test(factory.path))) &&
      isAtMostOne(isOfEntries)(entries),
  },
  'collections.deque': {
    takes: ([items, most, ...more]) =>
      (items === undefined || Array.isArray(items)) &&
      (most === undefined || (isInteger(most) && most >= 0)) &&
      more.length === 0,
    holds: 'items',
  },
  'argparse.Namespace': ATTRIBUTES,
  'types.SimpleNamespace': { ...ATTRIBUTES, byNew: 'also' },
  'mmengine.logging.history_buffer.HistoryBuffer': ATTRIBUTES,
  'mmengine.config.config.ConfigDict': {
    ...DICT,
    takes: args => args.length === 1 && args[0] instanceof Map,
  },
  'copy_reg._reconstructor': RECONSTRUCTED,
  'copyreg._reconstructor': RECONSTRUCTED,
  'datetime.datetime': { takes: args => isDate(args, 10) },
  'datetime.date': { takes: args => isDate(args, 4) },
  'datetime.timedelta': {
    takes: args => args.length <= 3 && args.every(part => isInteger(part) && Math.abs(part) < 1e8),
  },
  'pathlib.PosixPath': PATH,
  'pathlib.PurePosixPath': PATH,
  'pathlib.Path': PATH,
  'torch.torch_version.TorchVersion': { takes: args => args.length === 1 && isText(args[0]) },
  'numpy.dtype': DTYPE,
  'numpy.core.multiarray.scalar': SCALAR,
  'numpy._core.multiarray.scalar': SCALAR,
  'numpy.core.multiarray._reconstruct': ARRAY,
  'numpy._core.multiarray._reconstruct': ARRAY,
}

/** No form has more. */
const MOST_ARGUMENTS = 16

/** Whether a call is known to succeed, including all later changes to its object. */
const isKnownForm: (call: Call) => boolean = lookedAtOnce(call => {
  const form = Object.hasOwn(FORMS, call.path) ? FORMS[call.path]! : undefined
  if (!form || !(call.args instanceof Tuple) || call.args.items.length > MOST_ARGUMENTS) return false
  if (call.args instanceof FloatTuple && !form.floats) return false
  if (call instanceof Instance ? form.byNew === undefined : form.byNew === 'only') return false
  return form.takes(call.args.items) && isFilledAs(form, call)
})

function isFilledAs({ holds, state }: Form, call: Call): boolean {
  if (call.items.length > 0 && holds !== 'items') return false
  if (call.entries.size > 0 && holds !== 'entries') return false
  if (call.state === undefined) return true
  return !(call.state instanceof FloatTuple) && (state?.(call.state) ?? false)
}

/** Whether this is true of all calls of a pickle. */
export function areKnownForms(calls: readonly Call[]): boolean {
  const are = calls.every(isKnownForm)
  longTexts.clear()
  return are
}

/** Whether a name has a known form, and so exists with any PyTorch. */
export function hasForm(path: string): boolean {
  return Object.hasOwn(FORMS, path)
}
