/**
 * What PyTorch demands of a file, as rules: a file that breaks one cannot be loaded, whatever we can read of it. Some are of one
 * mode alone: what `weights_only=True` accepts, PyTorch 2 loads.
 * Sources: torch/serialization.py, torch/_utils.py, torch/_weights_only_unpickler.py, Lib/pickle.py; a test asks PyTorch itself.
 */
import type { Pickle } from '../../../pickle/decode.ts'
import { Call, Global, Persistent, type PickleValue, Tuple } from '../../../pickle/values.ts'
import type { DType } from '../../../tensor/dtype.ts'
import type { TorchLoads } from '../../../tensor/tensor.ts'
import { DICTS, dtypeGlobal, isFamiliar, REBUILDS, SCRIPT_CLASS, storageType } from '../globals.ts'
import { isHarmless } from './harmless.ts'

export type Container = 'zip' | 'stream' | 'tar'

interface Rule {
  /** Where PyTorch demands it. */
  readonly source: string
  /** Where it fails: in all versions, in those before 2, or wherever `weights_only=True` refuses the file too. */
  readonly fails: 'all' | 'before 2' | 'full'
  readonly isBroken: (pickle: Pickle, container: Container) => boolean
}

/** Items of a persistent id, which are unpacked one by one. */
const ITEMS = { zip: 5, stream: 6, tar: 0 } as const

const RULES: readonly Rule[] = [
  {
    source: 'serialization.py load: encoding="utf-8"',
    fails: 'all',
    isBroken: ({ hasOddText }) => hasOddText,
  },
  {
    source: 'serialization.py _load and _legacy_load: persistent_load',
    fails: 'all',
    isBroken: ({ persistent }, container) => persistent.some(({ id }) => !isKnownId(id, container)),
  },
  {
    source: 'serialization.py _legacy_load: UntypedStorage has no dtype',
    fails: 'all',
    isBroken: ({ persistent }, container) =>
      container === 'stream' && persistent.some(({ id }) => storageOf(id) === 'untyped'),
  },
  {
    source: 'Lib/pickle.py find_class: the name is somewhere',
    fails: 'all',
    isBroken: ({ globals }) => globals.some(isNowhere),
  },
  {
    source: 'Lib/pickle.py find_class: modules of Python 2 before protocol 3',
    fails: 'full',
    isBroken: ({ globals, protocol }) => protocol > 2 && globals.some(({ module }) => PYTHON_2.test(module)),
  },
  {
    source: 'Lib/pickle.py find_class: names have no dots before protocol 4',
    fails: 'full',
    isBroken: ({ globals, protocol }) => protocol < 4 && globals.some(({ name }) => name.includes('.')),
  },
  {
    source: '_utils.py: names that came with version 2; NumPy 2',
    fails: 'before 2',
    isBroken: ({ globals }) => globals.some(({ path }) => NEW.test(path)),
  },
  {
    source: 'Lib/pickle.py load_setitem: keys have a hash',
    fails: 'all',
    isBroken: ({ keys }) => [...keys].some(key => !isHashable(key)),
  },
  { source: '_utils.py _rebuild_*', fails: 'all', isBroken: ({ calls }) => !calls.every(isCallable) },
  {
    source: '_utils.py _rebuild_tensor_v2 of 1.13: six arguments',
    fails: 'before 2',
    isBroken: ({ calls }) => calls.some(call => call.path === V2 && argsOf(call).length > 6),
  },
]

const V2 = 'torch._utils._rebuild_tensor_v2'

/**
 * Which versions of PyTorch load a file of this pickle.
 * @param isRefused whether `weights_only=True` refuses the file, so that only the other mode may load it
 */
export function whichLoad(container: Container, pickle: Pickle, isRefused: boolean): TorchLoads {
  const broken = RULES.filter(({ isBroken }) => isBroken(pickle, container))
  if (broken.some(({ fails }) => fails === 'all' || (fails === 'full' && isRefused))) return 'never'
  if (pickle.globals.some(one => !isInstalled(one))) return 'elsewhere'
  return broken.length > 0 ? 'lately' : 'always'
}

function isKnownId(id: PickleValue, container: Container): boolean {
  if (container === 'tar') return id instanceof Tuple ? id.items.length === 3 : /^\d+$/.test(String(id))
  if (!(id instanceof Tuple)) return false
  const [tag] = id.items
  return tag === 'module'
    ? container === 'stream' && id.items.length === 4
    : id.items.length === ITEMS[container]
}

function storageOf(id: PickleValue): ReturnType<typeof storageType> {
  const type = id instanceof Tuple ? id.items[1] : undefined
  return type instanceof Global ? storageType(type.path) : undefined
}

const NEW = new RegExp(
  [
    '^torch\\._utils\\._rebuild_(tensor_v3|parameter_with_state|device_tensor_from_cpu_tensor|nested_tensor)$',
    '^torch\\.nn\\.parameter\\.Buffer$',
    '^torch\\.(uint(16|32|64)|float8_\\w+|float4_\\w+|bits\\w+)$',
    '^numpy\\._core\\.',
  ].join('|'),
)

/** Only C++ has these, or versions that are long gone. */
const GONE =
  /^torch\.cuda\.UntypedStorage$|^torch(\.\w+)*\.(_UntypedStorage|ComplexHalfStorage|UInt(16|32|64)Storage|Float8_\w+Storage)$/

/** What MMDetection comes with. */
const INSTALLED = /^(mmengine|mmcv|mmdet|torchvision|addict)(\.|$)/
/** What harmless names are of, and MMDetection does without. */
const NOT_INSTALLED = /^(omegaconf|easydict|yacs)(\.|$)/

/** Python maps the names of Python 2 in pickles of protocols below 3 (Lib/pickle.py `find_class`). */
const PYTHON_2 = /^(__builtin__|copy_reg)$/
const PYTHON_2_NAMES = /^builtins\.(long|unicode|xrange|basestring)$/

/** Whether no installation has it. */
function isNowhere({ path }: Global): boolean {
  return GONE.test(path) || path.startsWith(SCRIPT_CLASS) || PYTHON_2_NAMES.test(path)
}

/** Whether it is there wherever MMDetection is. Of other names, nobody here can say. */
function isInstalled({ module, name, path }: Global): boolean {
  if (INSTALLED.test(module)) return true
  if (NOT_INSTALLED.test(module)) return false
  return isFamiliar(path) || isHarmless(module, name) || /^torch\.(nn|optim)\./.test(path)
}

function isHashable(key: PickleValue): boolean {
  if (key instanceof Tuple) return key.items.every(isHashable)
  if (key instanceof Call) return !DICTS.has(key.path) && !/\.(set|list|bytearray|deque)$/.test(key.path)
  return !(Array.isArray(key) || key instanceof Map || key instanceof Set)
}

function argsOf({ args }: Call): readonly PickleValue[] {
  return args instanceof Tuple ? args.items : []
}

/** Whether what is called takes these arguments. */
function isCallable(call: Call): boolean {
  const { path } = call
  const args = argsOf(call)
  if (path === 'torch.Size') return args.length <= 1 && args.every(isSize)
  if (path === 'collections.OrderedDict') return args.length <= 1 && args.every(isIterable)
  const rebuild = Object.hasOwn(REBUILDS, path) ? REBUILDS[path]! : undefined
  if (rebuild?.kind === 'dense') return isDense(path, args)
  return path !== 'torch._utils._rebuild_parameter' || isParameter(args)
}

function isSize(value: PickleValue): boolean {
  const items = value instanceof Tuple ? value.items : value
  return Array.isArray(items) && items.every(item => typeof item === 'number' && Number.isInteger(item))
}

function isIterable(value: PickleValue): boolean {
  return Array.isArray(value) || value instanceof Map || value instanceof Tuple || value instanceof Call
}

/** How many arguments: without those that have a default, and with them. */
const COUNTS: Readonly<Record<string, readonly [number, number]>> = {
  'torch._utils._rebuild_tensor': [4, 4],
  [V2]: [6, 7],
  'torch._utils._rebuild_tensor_v3': [7, 8],
}

function isDense(path: string, args: readonly PickleValue[]): boolean {
  const [least, most] = COUNTS[path] ?? [0, 0]
  if (args.length < least || args.length > most) return false
  if (least === 4) return true
  const [reference, , , , requiresGrad, , dtype] = args
  const named = dtype instanceof Global ? dtypeGlobal(dtype.path) : undefined
  const stored = reference instanceof Persistent ? storageOf(reference.id) : undefined
  return isGradient(requiresGrad, least === 7 ? named : stored)
}

/** Only floating-point and complex numbers have gradients (torch/csrc/autograd/python_variable.cpp). */
function isGradient(value: PickleValue | undefined, dtype: DType | 'untyped' | undefined): boolean {
  if (value === false || value === undefined) return value === false
  return value === true && dtype !== undefined && /^(float(16|32|64)|bfloat16|complex(64|128))$/.test(dtype)
}

function isParameter(args: readonly PickleValue[]): boolean {
  const [data, requiresGrad] = args
  if (args.length !== 3 || typeof requiresGrad !== 'boolean') return false
  if (!requiresGrad || !(data instanceof Call)) return true
  const [reference] = argsOf(data)
  const dtype = reference instanceof Persistent ? storageOf(reference.id) : undefined
  return dtype === undefined || dtype === 'untyped' || isGradient(true, dtype)
}
