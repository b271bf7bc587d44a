/**
 * PyTorch's requirements for a file, as rules: a file that breaks one cannot be loaded, even if we can read it. Some apply
 * only without `weights_only=True`: what that mode accepts, PyTorch 2 loads. Sources: torch/serialization.py,
 * torch/_utils.py, torch/_weights_only_unpickler.py, Lib/pickle.py; a test asks PyTorch itself.
 */
import type { Pickle } from '../../../pickle/decode.ts'
import { Global, type PickleValue, Tuple } from '../../../pickle/values.ts'
import type { TorchLoads } from '../../../tensor/tensor.ts'
import { isFamiliar, REBUILDS, SCRIPT_CLASS, storageType, tensorClass } from '../globals.ts'
import { areKnownForms, hasForm } from './forms.ts'
import { isHarmless } from './harmless.ts'
import { isHashable } from './hashable.ts'

export type Container = 'zip' | 'stream' | 'tar'

interface Rule {
  /** Where PyTorch requires it. */
  readonly source: string
  /** Which versions fail: all, those before 2, or all whose `weights_only=True` also refuses the file. */
  readonly fails: 'all' | 'before 2' | 'full'
  readonly isBroken: (pickle: Pickle, container: Container) => boolean
}

/** The number of items of a persistent id, which are unpacked one by one. */
const ITEMS = { zip: 5, stream: 6, tar: 0 } as const

const RULES: readonly Rule[] = [
  {
    source: 'serialization.py load: encoding="utf-8"',
    fails: 'all',
    isBroken: ({ hasOddText }) => hasOddText,
  },
  {
    source: 'Modules/_pickle.c load_frame: as many bytes are there',
    fails: 'all',
    isBroken: ({ hasOpenFrame }) => hasOpenFrame,
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
    isBroken: ({ keys }) => [...keys].some(key => isHashable(key) === false),
  },
  {
    source: '_utils.py _rebuild_tensor_v2 of 1.13: six arguments',
    fails: 'before 2',
    isBroken: ({ calls }) =>
      calls.some(
        ({ path, args }) => path === 'torch._utils._rebuild_tensor_v2' && (args as Tuple).items?.length > 6,
      ),
  },
]

/**
 * Which versions of PyTorch load a file with this pickle. With unknown names or arguments, it is not known to load.
 * @param isRefused whether `weights_only=True` refuses the file, so that only the other mode may load it
 * @param beside other pickles of the file, of plain values
 */
export function whichLoad(
  container: Container,
  pickle: Pickle,
  isRefused: boolean,
  ...beside: readonly Pickle[]
): TorchLoads {
  const broken = RULES.filter(({ isBroken }) => [pickle, ...beside].some(one => isBroken(one, container)))
  if (broken.some(({ fails }) => fails === 'all' || (fails === 'full' && isRefused))) return 'never'
  if (![pickle, ...beside].every(isKnown)) return 'elsewhere'
  return broken.length > 0 ? 'lately' : 'always'
}

/** Computes the verdict on demand, once: it looks at all calls of a pickle, and conversions do not need it. */
export function whenAsked(verdict: () => TorchLoads): () => TorchLoads {
  let found: TorchLoads | undefined
  return () => {
    found ??= verdict()
    return found
  }
}

/** Whether all names exist with any MMDetection, and all calls are known to succeed. */
function isKnown({ globals, calls, keys, opcodes }: Pickle): boolean {
  // Among the values, a bytearray looks like bytes, which are hashable.
  const isPlain = keys.size === 0 || !opcodes.includes('BYTEARRAY8')
  return (
    isPlain &&
    globals.every(isInstalled) &&
    areKnownForms(calls) &&
    [...keys].every(key => isHashable(key) === true)
  )
}

function isKnownId(id: PickleValue, container: Container): boolean {
  if (container === 'tar') return id instanceof Tuple ? id.items.length === 3 : /^\d+$/.test(String(id))
  if (!(id instanceof Tuple)) return false
  const [tag] = id.items
  return tag === 'module'
    ? container === 'stream' && id.items.length === 4 && isSourced(id.items)
    : id.items.length === ITEMS[container]
}

/** If the source text of a class is included, PyTorch compares it if the class is a module (`_check_container_source`). */
function isSourced([, type, file, text]: readonly PickleValue[]): boolean {
  if (file === null || text === null) return true
  return (
    [file, text].every(one => typeof one === 'string') &&
    type instanceof Global &&
    type.module.startsWith('torch.nn.modules.')
  )
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
    '^numpy\\.(_core\\.|dtypes\\.|bool$)',
  ].join('|'),
)

/** Exists only in C++ or in old versions. */
const GONE =
  /^torch\.cuda\.UntypedStorage$|^torch(\.\w+)*\.(_UntypedStorage|ComplexHalfStorage|UInt(16|32|64)Storage|Float8_\w+Storage)$/

/** Packages of harmless names that MMDetection does not install. */
const NOT_INSTALLED = /^(omegaconf|easydict|yacs)(\.|$)/

/** Python maps Python 2 names in pickles of protocols below 3 (Lib/pickle.py `find_class`). */
const PYTHON_2 = /^(__builtin__|copy_reg)$/
const PYTHON_2_NAMES = /^builtins\.(long|unicode|xrange|basestring)$/

/** Whether the name exists in no installation. */
function isNowhere({ path }: Global): boolean {
  return GONE.test(path) || path.startsWith(SCRIPT_CLASS) || PYTHON_2_NAMES.test(path)
}

/** Whether the name exists wherever MMDetection is installed; unknown for other names. */
function isInstalled({ module, name, path }: Global): boolean {
  if (hasForm(path)) return true
  if (NOT_INSTALLED.test(module) || Object.hasOwn(REBUILDS, path) || tensorClass(path)) return false
  return isFamiliar(path) ? !module.startsWith('torch.jit') : isHarmless(module, name)
}
