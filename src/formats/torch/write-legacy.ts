/**
 * Writes `{'state_dict': OrderedDict, 'meta': dict}` as the stream that every PyTorch since 0.4 loads, and the only format
 * before 1.6. It has no checksums. Equal tensors and meta give equal bytes.
 */
import type { ByteSink } from '../../bytes/sink.ts'
import { UnsupportedError } from '../../errors.ts'
import { encodePickle } from '../../pickle/encode.ts'
import type { PickleValue } from '../../pickle/values.ts'
import { dtypeFacts } from '../../tensor/dtype.ts'
import { elementCount, type StateDict } from '../../tensor/tensor.ts'
import { copyTensor } from '../copy-tensor.ts'
import type { WriteOptions } from '../format.ts'
import { COUNT_SIZE, LEGACY_MACHINE, LEGACY_MAGIC, LEGACY_PROTOCOL } from './layout.ts'
import { checkpointValue, sectionsOf, storagesOf } from './write-pickle.ts'

/**
 * Writes the stream that every PyTorch since 0.4 loads. It has no checksums.
 * @throws UnsupportedError when PyTorch cannot read a tensor's type back from a stream
 * @throws UsageError when a name contains an unpaired surrogate
 * @throws errors of the tensors and the sink: FormatError, SystemError; the caller must finish or abort the sink
 */
export async function writeTorchLegacy(
  state: StateDict,
  meta: Readonly<Record<string, string | number>>,
  sink: ByteSink,
  options: WriteOptions = {},
): Promise<void> {
  const sections = sectionsOf(state, options)
  for (const each of sections.values()) requireStorageClasses(each)
  const storages = storagesOf(sections, keyOf)
  for (const tensor of storages.keys()) tensor.announce?.()
  const machine = new Map<PickleValue, PickleValue>(Object.entries(LEGACY_MACHINE))
  const value = checkpointValue(sections, meta, storages, [null])
  for (const part of [LEGACY_MAGIC, LEGACY_PROTOCOL, machine, value, [...storages.values()]])
    await sink.write(encodePickle(part))
  for (const tensor of storages.keys()) {
    await sink.write(countBytes(elementCount(tensor.shape)))
    await copyTensor(tensor, sink, options)
  }
}

/** Of equal length, so that the order of the file is also the sorted order of the keys, in which PyTorch writes. */
function keyOf(index: number, count: number): string {
  return String(index).padStart(String(count).length, '0')
}

function countBytes(count: number): Uint8Array {
  const bytes = new Uint8Array(COUNT_SIZE)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(count), true)
  return bytes
}

function requireStorageClasses(state: StateDict): void {
  for (const [name, { dtype }] of state)
    if (!dtypeFacts(dtype).storage)
      throw new UnsupportedError(
        `${name} is of type ${dtype}, which PyTorch cannot read back from the older format.`,
        [{ say: 'A zip archive can hold every type:', leaveOut: 'format' }],
      )
}
