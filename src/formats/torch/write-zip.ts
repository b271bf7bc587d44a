/**
 * Writes `{'state_dict': OrderedDict, 'meta': dict}` as a zip archive that every PyTorch since 1.6 loads, also with
 * `weights_only=True` and `mmap=True`. Equal tensors and meta give equal bytes: nothing in the file depends on its name, the
 * machine, or the time.
 */

import { crc32 } from '../../bytes/crc32.ts'
import type { ByteSink } from '../../bytes/sink.ts'
import { encodePickle } from '../../pickle/encode.ts'
import { byteLength, type StateDict } from '../../tensor/tensor.ts'
import { zipWriter } from '../../zip/write.ts'
import { copyTensor } from '../copy-tensor.ts'
import type { WriteOptions } from '../format.ts'
import { RECORD, VERSION_WRITTEN } from './layout.ts'
import { checkpointValue, sectionsOf, storagesOf } from './write-pickle.ts'

/** The folder name that `torch.save` uses when it writes to a buffer. */
const TOP = 'archive'

/**
 * Writes PyTorch's zip archive, which every PyTorch since 1.6 loads. Equal tensors and meta give equal bytes.
 * @throws UsageError when a name contains an unpaired surrogate
 * @throws errors of the tensors and the sink: FormatError, SystemError; the caller must finish or abort the sink
 */
export async function writeTorchZip(
  state: StateDict,
  meta: Readonly<Record<string, string | number>>,
  sink: ByteSink,
  options: WriteOptions = {},
): Promise<void> {
  const sections = sectionsOf(state, options)
  const storages = storagesOf(sections, String)
  for (const tensor of storages.keys()) tensor.announce?.()
  const zip = zipWriter(sink)
  await addBytes(zip, RECORD.pickle, encodePickle(checkpointValue(sections, meta, storages)))
  await addBytes(zip, RECORD.byteOrder, new TextEncoder().encode('little'))
  for (const [tensor, key] of storages)
    await zip.add(`${TOP}/${RECORD.storage(key)}`, byteLength(tensor), target =>
      copyTensor(tensor, target, options),
    )
  await addBytes(zip, RECORD.version, new TextEncoder().encode(VERSION_WRITTEN))
  await zip.end()
}

async function addBytes(zip: ReturnType<typeof zipWriter>, name: string, bytes: Uint8Array): Promise<void> {
  await zip.add(`${TOP}/${name}`, bytes.length, async sink => {
    await sink.write(bytes)
    return crc32(bytes)
  })
}
