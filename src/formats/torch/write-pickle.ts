/** `{'state_dict': OrderedDict, 'meta': dict}` as a value to pickle: the content of both of PyTorch's containers. */
import { type Encodable, StreamedCall } from '../../pickle/encode.ts'
import { Call, Global, Persistent, type PickleValue, Tuple } from '../../pickle/values.ts'
import { dtypeFacts } from '../../tensor/dtype.ts'
import {
  byteLength,
  contiguousStrides,
  elementCount,
  type StateDict,
  type Tensor,
} from '../../tensor/tensor.ts'
import type { WriteOptions } from '../format.ts'

/** The dictionaries to write, by key. */
export type Sections = ReadonlyMap<string, StateDict>

/** All dictionaries of tensors for a file. */
export function sectionsOf(
  state: StateDict,
  { section = 'state_dict', also = new Map() }: WriteOptions,
): Sections {
  return new Map([[section, state], ...also])
}

/** One storage key per tensor, in the order of the file: several names of one tensor share it. */
export function storagesOf(sections: Sections, keyOf: (index: number, count: number) => string): Storages {
  const tensors = new Set([...sections.values()].flatMap(state => [...state.values()]))
  return new Map([...tensors].map((tensor, index) => [tensor, keyOf(index, tensors.size)]))
}

/** The keys of storages, by tensor. */
export type Storages = ReadonlyMap<Tensor, string>

/** @param view what follows the count in a reference to a storage: nothing in a zip archive, `None` in a stream */
export function checkpointValue(
  sections: Sections,
  meta: Readonly<Record<string, string | number>>,
  storages: Storages,
  view: readonly null[] = [],
): Encodable {
  return new Map<PickleValue, Encodable>([
    ...[...sections].map(([key, state]) => [key, stateValue(state, storages, view)] as const),
    ['meta', new Map<PickleValue, PickleValue>(Object.entries(meta))],
  ])
}

function stateValue(state: StateDict, storages: Storages, view: readonly null[]): Encodable {
  function* tensors(): Generator<[PickleValue, PickleValue]> {
    for (const [name, tensor] of state) yield [name, tensorValue(tensor, storages.get(tensor)!, view)]
  }
  return state.size > 0 ? new StreamedCall(orderedDict(), tensors) : orderedDict()
}

function orderedDict(): Call {
  return new Call(new Global('collections', 'OrderedDict'), new Tuple([]))
}

/** As in `Tensor.__reduce_ex__` (torch/_tensor.py): the storage, the position in it, requires_grad, no hooks. */
function tensorValue(tensor: Tensor, key: string, view: readonly null[]): Call {
  const storage = dtypeFacts(tensor.dtype).storage
  const args: PickleValue[] = [
    storageReference(tensor, key, view),
    0,
    new Tuple(tensor.shape),
    new Tuple(contiguousStrides(tensor.shape)),
    false,
    orderedDict(),
  ]
  if (storage) return new Call(new Global('torch._utils', '_rebuild_tensor_v2'), new Tuple(args))
  return new Call(
    new Global('torch._utils', '_rebuild_tensor_v3'),
    new Tuple([...args, new Global('torch', tensor.dtype)]),
  )
}

function storageReference(tensor: Tensor, key: string, view: readonly null[]): Persistent {
  const storage = dtypeFacts(tensor.dtype).storage
  return new Persistent(
    new Tuple([
      'storage',
      storage ? new Global('torch', storage) : new Global('torch.storage', 'UntypedStorage'),
      key,
      'cpu',
      storage ? elementCount(tensor.shape) : byteLength(tensor),
      ...view,
    ]),
  )
}
