/**
 * Writes `{'state_dict': OrderedDict, 'meta': dict}` as a zip archive that every PyTorch from 1.6 on loads, also with
 * `weights_only=True` and `mmap=True`. Equal tensors and meta give equal bytes: nothing in the file depends on its name,
 * the machine, or the time.
 */

import { crc32 } from '../../bytes/crc32.ts'
import type { ByteSink } from '../../bytes/sink.ts'
import { encodePickle } from '../../pickle/encode.ts'
import { Call, Global, Persistent, type PickleValue, Tuple } from '../../pickle/values.ts'
import { dtypeFacts } from '../../tensor/dtype.ts'
import {
  announceAll,
  byteLength,
  contiguousStrides,
  elementCount,
  type StateDict,
  type Tensor,
} from '../../tensor/tensor.ts'
import { zipWriter } from '../../zip/write.ts'
import { RECORD, VERSION_WRITTEN } from './layout.ts'

/** What `torch.save` names its folder when it writes to a buffer. */
const TOP = 'archive'

export interface WriteOptions {
  /** Told how many tensor bytes were written since the last time. */
  readonly onBytes?: (count: number) => void
}

/** @throws what the tensors and the sink throw: FormatError, SystemError; the sink is the caller's to finish or abort */
export async function writeTorchZip(
  state: StateDict,
  meta: Readonly<Record<string, string | number>>,
  sink: ByteSink,
  { onBytes }: WriteOptions = {},
): Promise<void> {
  announceAll(state)
  const zip = zipWriter(sink)
  await addBytes(zip, RECORD.pickle, encodePickle(checkpointValue(state, meta)))
  await addBytes(zip, RECORD.byteOrder, new TextEncoder().encode('little'))
  let key = 0
  for (const tensor of state.values()) {
    await zip.add(`${TOP}/${RECORD.storage(String(key++))}`, byteLength(tensor), target =>
      tensor.copyTo(async chunk => {
        await target.write(chunk)
        onBytes?.(chunk.length)
      }),
    )
  }
  await addBytes(zip, RECORD.version, new TextEncoder().encode(VERSION_WRITTEN))
  await zip.end()
}

async function addBytes(zip: ReturnType<typeof zipWriter>, name: string, bytes: Uint8Array): Promise<void> {
  await zip.add(`${TOP}/${name}`, bytes.length, async sink => {
    await sink.write(bytes)
    return crc32(bytes)
  })
}

function checkpointValue(state: StateDict, meta: Readonly<Record<string, string | number>>): PickleValue {
  const tensors = orderedDict()
  let key = 0
  for (const [name, tensor] of state) tensors.entries.set(name, tensorValue(tensor, String(key++)))
  return new Map<PickleValue, PickleValue>([
    ['state_dict', tensors],
    ['meta', new Map<PickleValue, PickleValue>(Object.entries(meta))],
  ])
}

function orderedDict(): Call {
  return new Call(new Global('collections', 'OrderedDict'), new Tuple([]))
}

/** As `Tensor.__reduce_ex__` has it (torch/_tensor.py): the storage, where in it, requires_grad, no hooks. */
function tensorValue(tensor: Tensor, key: string): Call {
  const storage = dtypeFacts(tensor.dtype).storage
  const args: PickleValue[] = [
    storageReference(tensor, key),
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

function storageReference(tensor: Tensor, key: string): Persistent {
  const storage = dtypeFacts(tensor.dtype).storage
  return new Persistent(
    new Tuple([
      'storage',
      storage ? new Global('torch', storage) : new Global('torch.storage', 'UntypedStorage'),
      key,
      'cpu',
      storage ? elementCount(tensor.shape) : byteLength(tensor),
    ]),
  )
}
