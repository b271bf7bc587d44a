/** `{'state_dict': OrderedDict, 'meta': dict}` as a value to pickle: what both of PyTorch's containers hold. */
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

/**
 * @param keys of the storages: one for each tensor, in their order
 * @param view what comes after the count in a reference to a storage: nothing in a zip archive, `None` in a stream
 * @param section the key of the tensors
 */
export function checkpointValue(
  state: StateDict,
  meta: Readonly<Record<string, string | number>>,
  keys: readonly string[],
  view: readonly null[] = [],
  section = 'state_dict',
): Encodable {
  function* tensors(): Generator<[PickleValue, PickleValue]> {
    let index = 0
    for (const [name, tensor] of state) yield [name, tensorValue(tensor, keys[index++]!, view)]
  }
  return new Map<PickleValue, Encodable>([
    [section, state.size > 0 ? new StreamedCall(orderedDict(), tensors) : orderedDict()],
    ['meta', new Map<PickleValue, PickleValue>(Object.entries(meta))],
  ])
}

function orderedDict(): Call {
  return new Call(new Global('collections', 'OrderedDict'), new Tuple([]))
}

/** As `Tensor.__reduce_ex__` has it (torch/_tensor.py): the storage, where in it, requires_grad, no hooks. */
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
