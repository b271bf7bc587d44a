/** Names that PyTorch pickles use for tensors. All other names are foreign, and have no effect. */
import { DTYPES, type DType, dtypeFacts, isDType } from '../../tensor/dtype.ts'

/** Storages whose elements have no type; their size is in bytes. */
export type StorageType = DType | 'untyped'

const MODULES = ['torch', 'torch.cuda', 'torch.storage']

/** C++ writers (TorchScript) use names of storages that Python's PyTorch has no class for. */
const CPP_STORAGES: Readonly<Record<string, DType>> = {
  ComplexHalfStorage: 'complex32',
  UInt16Storage: 'uint16',
  UInt32Storage: 'uint32',
  UInt64Storage: 'uint64',
  Float8_e4m3fnStorage: 'float8_e4m3fn',
  Float8_e5m2Storage: 'float8_e5m2',
}

const STORAGE_CLASSES: ReadonlyMap<string, StorageType> = new Map<string, StorageType>([
  ...Object.keys(DTYPES).flatMap(name => {
    const dtype = name as DType
    const storage = dtypeFacts(dtype).storage
    return storage ? [[storage, dtype] as const] : []
  }),
  ...Object.entries(CPP_STORAGES),
  ['UntypedStorage', 'untyped'],
  ['_UntypedStorage', 'untyped'],
])

const STORAGES: ReadonlyMap<string, StorageType> = new Map(
  MODULES.flatMap(module => [...STORAGE_CLASSES].map(([name, type]) => [`${module}.${name}`, type] as const)),
)

const TENSORS: ReadonlyMap<string, DType> = new Map(
  [...STORAGES].flatMap(([path, type]) =>
    type === 'untyped' ? [] : [[path.replace(/Storage$/, 'Tensor'), type] as const],
  ),
)

/** `torch.FloatStorage`, `torch.cuda.FloatStorage` → float32. */
export function storageType(path: string): StorageType | undefined {
  return STORAGES.get(path)
}

/** `torch.FloatTensor`, which PyTorch up to 0.1.12 used for tensors → float32. */
export function tensorClass(path: string): DType | undefined {
  return TENSORS.get(path)
}

/** `torch.float32` → float32. */
export function dtypeGlobal(path: string): DType | undefined {
  const name = path.startsWith('torch.') ? path.slice('torch.'.length) : ''
  return isDType(name) ? name : undefined
}

/** How to read the arguments of a rebuilding function. */
export type Rebuild =
  /** (storage, offset, size, stride, …): a dense tensor. */
  | { readonly kind: 'dense'; readonly dtypeAt?: number; readonly metadataAt?: number }
  /** Another tensor, wrapped. */
  | { readonly kind: 'wrapper'; readonly stateAt?: number; readonly dtypeAt?: number }
  /** (function, type, arguments, state): another rebuilding function. */
  | { readonly kind: 'indirect'; readonly stateAt: number; readonly dtypeAt?: undefined }
  /** A tensor without dense bytes. */
  | { readonly kind: 'unreadable'; readonly what: string }

// Argument orders from torch/_utils.py, torch/_tensor.py.
export const REBUILDS: Readonly<Record<string, Rebuild>> = {
  'torch._utils._rebuild_tensor': { kind: 'dense' },
  'torch._utils._rebuild_tensor_v2': { kind: 'dense', metadataAt: 6 },
  'torch._utils._rebuild_tensor_v3': { kind: 'dense', dtypeAt: 6, metadataAt: 7 },
  'torch._utils._rebuild_parameter': { kind: 'wrapper' },
  'torch._utils._rebuild_parameter_with_state': { kind: 'wrapper', stateAt: 3 },
  'torch._utils._rebuild_device_tensor_from_cpu_tensor': { kind: 'wrapper', dtypeAt: 1 },
  'torch.nn.parameter.Parameter': { kind: 'wrapper' },
  'torch.nn.parameter.Buffer': { kind: 'wrapper' },
  'torch.autograd.variable.Variable': { kind: 'wrapper' },
  'torch._tensor._rebuild_from_type_v2': { kind: 'indirect', stateAt: 3 },
  'torch._tensor._rebuild_from_type': { kind: 'indirect', stateAt: 3 },
  'torch.tensor._rebuild_from_type': { kind: 'indirect', stateAt: 3 },
  'torch._utils._rebuild_sparse_tensor': { kind: 'unreadable', what: 'a sparse tensor' },
  'torch._utils._rebuild_sparse_csr_tensor': { kind: 'unreadable', what: 'a sparse tensor' },
  'torch._utils._rebuild_qtensor': { kind: 'unreadable', what: 'a quantized tensor' },
  'torch._utils._rebuild_nested_tensor': { kind: 'unreadable', what: 'a nested tensor' },
  'torch._utils._rebuild_meta_tensor_no_storage': {
    kind: 'unreadable',
    what: 'a meta tensor, which has no values',
  },
  'torch._utils._rebuild_wrapper_subclass': { kind: 'unreadable', what: 'a tensor of a wrapper class' },
  'torch._utils._rebuild_device_tensor_from_numpy': {
    kind: 'unreadable',
    what: 'a tensor of another device',
  },
  'torch._utils._rebuild_xla_tensor': { kind: 'unreadable', what: 'a tensor of another device' },
}

/** Where TorchScript puts the classes of modules. */
export const SCRIPT_CLASS = '__torch__.'

/** Classes whose instances are dictionaries. */
export const DICTS: ReadonlySet<string> = new Set([
  'collections.OrderedDict',
  'collections.defaultdict',
  'collections.Counter',
  '__builtin__.dict',
  'builtins.dict',
])

/** Plain values in every checkpoint, not worth reporting. */
const PLAIN: ReadonlySet<string> = new Set([
  'torch.Size',
  'torch.Tensor',
  'torch.device',
  'torch.serialization._get_layout',
  'torch.per_tensor_affine',
  'torch.per_channel_affine',
  '_codecs.encode',
  // TorchScript's lists of a single type.
  ...['intlist', 'doublelist', 'boollist', 'tensorlist'].map(list => `torch.jit._pickle.build_${list}`),
  'torch.jit._pickle.restore_type_tag',
  ...['set', 'frozenset', 'bytearray', 'bytes', 'complex', 'list', 'int', 'float', 'str', 'object'].flatMap(
    name => [`builtins.${name}`, `__builtin__.${name}`],
  ),
])

/** Whether a name belongs to tensors or plain containers, so that it is not worth reporting. */
export function isFamiliar(path: string): boolean {
  return (
    PLAIN.has(path) ||
    path.startsWith(SCRIPT_CLASS) ||
    DICTS.has(path) ||
    Object.hasOwn(REBUILDS, path) ||
    storageType(path) !== undefined ||
    tensorClass(path) !== undefined ||
    dtypeGlobal(path) !== undefined
  )
}
