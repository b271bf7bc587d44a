/** Copies of a backbone with one change, for `verify` and `diff` to find. */
import { crc32 } from '../../src/bytes/crc32.ts'
import { openCheckpoint } from '../../src/formats/index.ts'
import { writeTorchZip } from '../../src/formats/torch/write-zip.ts'
import { createFile } from '../../src/node/file-sink.ts'
import { openFile } from '../../src/node/file-source.ts'
import type { StateDict, Tensor } from '../../src/tensor/tensor.ts'
import { bytesOf } from './tensors.ts'

export type Change = (state: Map<string, Tensor>) => void

export async function writeVariant(from: string, to: string, change: Change): Promise<void> {
  const source = await openFile(from)
  const state = new Map((await openCheckpoint(source)).sections.get('state_dict'))
  change(state)
  const sink = await createFile(to, { overwrite: true })
  await writeTorchZip(state as StateDict, {}, sink)
  await sink.finish()
  await source.close()
}

/** Changes the bytes of one tensor. */
export function patched(state: Map<string, Tensor>, name: string, change: (bytes: Uint8Array) => void): void {
  const tensor = state.get(name)!
  state.set(name, {
    dtype: tensor.dtype,
    shape: tensor.shape,
    origin: tensor.origin,
    async copyTo(write) {
      const bytes = await bytesOf(tensor)
      change(bytes)
      await write(bytes)
      return crc32(bytes)
    },
  })
}
