/** Calls that create tensors and their parts, in forms that succeed with any PyTorch. */
import { Call, FloatTuple, Global, Persistent, type PickleValue, Tuple } from '../../../pickle/values.ts'
import { type DType, dtypeFacts } from '../../../tensor/dtype.ts'
import { extent } from '../../../tensor/strides.ts'
import { elementCount } from '../../../tensor/tensor.ts'
import { isTensor } from '../contents/objects.ts'
import { dtypeGlobal, storageType, tensorClass } from '../globals.ts'
import { MAX_AXES } from '../layout.ts'
import type { Args, Form } from './form.ts'

const DENSE: Readonly<Record<string, (args: Args) => boolean>> = {
  'torch._utils._rebuild_tensor': args => args.length === 4 && isPart(args, storedType(args)),
  'torch._utils._rebuild_tensor_v2': args =>
    (args.length === 6 || args.length === 7) &&
    isPart(args, storedType(args)) &&
    isGradient(args[4], storedType(args)) &&
    isMetadata(args[6]),
  'torch._utils._rebuild_tensor_v3': args =>
    (args.length === 7 || args.length === 8) &&
    isPart(args, namedType(args[6])) &&
    // With a gradient, it could not be filled anymore.
    args[4] === false &&
    isMetadata(args[7]),
}

/** The type of a typed storage, and so of its tensor. */
function storedType([reference]: Args): DType | undefined {
  const type = storageOf(reference)?.type
  return type === 'untyped' ? undefined : type
}

function namedType(value: PickleValue | undefined): DType | undefined {
  return value instanceof Global ? dtypeGlobal(value.path) : undefined
}

/** `('storage', class, key, location, count)`, optionally with a view of it. */
function storageOf(reference: PickleValue | undefined) {
  const items = reference instanceof Persistent && reference.id instanceof Tuple ? reference.id.items : []
  const [tag, type, , , count, view = null] = items
  const kind = type instanceof Global ? storageType(type.path) : undefined
  const size = view instanceof Tuple ? view.items[2] : count
  if (tag !== 'storage' || kind === undefined || typeof size !== 'number') return undefined
  return { type: kind, bytes: size * (kind === 'untyped' ? 1 : dtypeFacts(kind).size) }
}

/** Python and PyTorch count in 64 bits; no tensor is this large. */
const LARGEST = 2 ** 40

function countsIn(value: PickleValue | undefined): number[] | undefined {
  const size = value instanceof Call && value.path === 'torch.Size' ? argsOf(value)[0] : value
  if (!(size instanceof Tuple) || size instanceof FloatTuple || size.items.length > MAX_AXES) return undefined
  const isCount = (item: PickleValue): boolean =>
    typeof item === 'number' && Number.isInteger(item) && !Object.is(item, -0) && item >= 0 && item < LARGEST
  return size.items.every(isCount) ? (size.items as number[]) : undefined
}

/** (storage, offset, size, stride), within the storage. */
function isPart([reference, offset, size, stride]: Args, dtype: DType | undefined): boolean {
  const storage = storageOf(reference)
  const [shape, strides] = [countsIn(size), countsIn(stride)]
  if (!storage || !dtype || !shape || !strides || shape.length !== strides.length) return false
  if (dtypeFacts(dtype).kind === 'quantized' || !countsIn(new Tuple([offset ?? null]))) return false
  const count = elementCount(shape)
  if (!(count < LARGEST)) return false
  if (count === 0) return true
  return ((offset as number) + extent({ shape, strides })) * dtypeFacts(dtype).size <= storage.bytes
}

const FLOATING = /^(float(16|32|64)|bfloat16|complex(64|128))$/

/** Only floating-point and complex numbers have gradients (torch/csrc/autograd/python_variable.cpp). */
function isGradient(value: PickleValue | undefined, dtype: DType | undefined): boolean {
  return value === false || (value === true && dtype !== undefined && FLOATING.test(dtype))
}

function isMetadata(value: PickleValue | undefined): boolean {
  return value === undefined || value === null || (value instanceof Map && value.size === 0)
}

function argsOf({ args }: Call): Args {
  return args instanceof Tuple ? args.items : []
}

/** The type of a dense or wrapped tensor; undefined for other values. */
function typeOfTensor(value: PickleValue | undefined, depth = 0): DType | undefined {
  if (!(value instanceof Call) || depth > 4 || !isTensor(value)) return undefined
  const args = argsOf(value)
  if (Object.hasOwn(DENSE, value.path))
    return value.path.endsWith('v3') ? namedType(args[6]) : storedType(args)
  return tensorClass(value.path) ?? typeOfTensor(args[0], depth + 1)
}

function isParameter([data, requiresGrad = true]: Args): boolean {
  const dtype = typeOfTensor(data)
  return dtype !== undefined && isGradient(requiresGrad, dtype)
}

/** Classes of tensors before 0.2, which BUILD fills. */
function filled(name: string): [string, Form] {
  const dtype = tensorClass(`torch.${name}`)
  return [
    `torch.${name}`,
    {
      takes: args => args.length === 0,
      byNew: 'also',
      state: state =>
        state instanceof Tuple &&
        state.items.length === 4 &&
        storedType(state.items) === dtype &&
        isPart(state.items, dtype),
    },
  ]
}

const CLASSES = 'Double Float Half BFloat16 Long Int Short Char Byte Bool'
  .split(' ')
  .map(name => `${name}Tensor`)

const LAYOUTS = ['torch.strided', 'torch.sparse_coo', 'torch.sparse_csr']

/** Arguments of `_rebuild_from_type_v2`: one of these functions, and the class of the result. */
const TYPES = ['torch.Tensor', 'torch.nn.parameter.Parameter', 'torch.nn.parameter.Buffer']

function isAttributes(state: PickleValue | undefined): boolean {
  return (
    state instanceof Map &&
    state.size <= 2 &&
    [...state.keys()].every(key => key === '_is_buffer' || key === 'persistent')
  )
}

/** By PyTorch's functions and classes. */
export const TENSOR_FORMS: Readonly<Record<string, Form>> = {
  ...Object.fromEntries(Object.entries(DENSE).map(([path, takes]) => [path, { takes }])),
  ...Object.fromEntries(CLASSES.map(filled)),
  'torch._utils._rebuild_parameter': { takes: args => args.length === 3 && isParameter(args) },
  'torch._utils._rebuild_parameter_with_state': {
    takes: args => args.length === 4 && isParameter(args) && isAttributes(args[3]),
  },
  'torch.nn.parameter.Parameter': {
    takes: args => (args.length === 1 || args.length === 2) && isParameter(args),
    byNew: 'also',
  },
  'torch._tensor._rebuild_from_type_v2': {
    takes: ([callee, type, args, state, ...more]) =>
      callee instanceof Global &&
      (Object.hasOwn(DENSE, callee.path) || callee.path === 'torch._utils._rebuild_parameter') &&
      type instanceof Global &&
      TYPES.includes(type.path) &&
      args instanceof Tuple &&
      TENSOR_FORMS[callee.path]!.takes(args.items) &&
      isAttributes(state) &&
      more.length === 0,
  },
  'torch.Size': {
    takes: args =>
      args.length === 0 ||
      (args.length === 1 && countsIn(Array.isArray(args[0]) ? new Tuple(args[0]) : args[0]) !== undefined),
    byNew: 'also',
  },
  'torch.device': {
    takes: ([kind, index, ...more]) =>
      (kind === 'cpu' || kind === 'cuda' || kind === 'meta') &&
      (index === undefined ||
        (Number.isInteger(index) && (index as number) >= 0 && (index as number) < 128)) &&
      more.length === 0,
  },
  'torch.serialization._get_layout': {
    takes: args => args.length === 1 && LAYOUTS.includes(args[0] as string),
  },
}
