/** Tar archives: a checkpoint of PyTorch before 0.1.10, or an archive that contains a checkpoint. */
import { type ByteSource, readBytes } from '../bytes/source.ts'
import { isTarHeader, listTar, type TarEntry, tarSource } from '../tar/read.ts'
import { openOnly, type Packed, unowned } from './archive.ts'
import type { Format } from './format.ts'
import { isTorchTar, openTorchTar } from './torch/read-tar.ts'

export const tar: Format = {
  name: 'tar archive',
  sniff: isTarHeader,
  async open(source, context) {
    const list = await listTar(source)
    if (isTorchTar(list)) return openTorchTar(source, list, context.limits)
    const files = list.files.map(entry => packed(source, entry))
    return openOnly(source, 'tar archive', files, context)
  },
}

function packed(archive: ByteSource, entry: TarEntry): Packed {
  const { name, size } = entry
  const source = tarSource(archive, entry)
  return {
    name,
    head: length => readBytes(source, 0, Math.min(length, size)),
    open: async () => unowned(source),
  }
}
