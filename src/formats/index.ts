/** All formats that can be read and written. */
import { abortable, abortReason } from '../bytes/abortable.ts'
import type { ByteSource } from '../bytes/source.ts'
import type { Checkpoint } from '../tensor/tensor.ts'
import { openWith, recogniseWith } from './detect.ts'
import type { Format, OpenOptions, Write } from './format.ts'
import { gzip } from './gzip.ts'
import { safetensors } from './safetensors/read.ts'
import { writeSafetensors } from './safetensors/write.ts'
import { shards } from './shards.ts'
import { tar } from './tar.ts'
import { torchLegacy } from './torch/read-legacy.ts'
import { writeTorchLegacy } from './torch/write-legacy.ts'
import { writeTorchZip } from './torch/write-zip.ts'
import { zip } from './zip.ts'

/** All readable containers, in the order in which they are tried; only the content counts, never the name. */
export const FORMATS: readonly Format[] = [zip, torchLegacy, safetensors, tar, gzip, shards]

/** A container that can be written: PyTorch's zip archive, its older stream, safetensors. */
export type OutputFormat = 'zip' | 'legacy' | 'safetensors'

/** The writers, by their names on the command line. */
export const WRITERS = {
  zip: writeTorchZip,
  legacy: writeTorchLegacy,
  safetensors: writeSafetensors,
} as const satisfies Record<OutputFormat, Write>

/**
 * Opens a checkpoint: names, types and shapes. No tensor bytes are read and no code runs.
 * @param options by default, a compressed file is unpacked into memory, and a sharded checkpoint is refused
 * @throws FormatError when the file is damaged, hostile, or not a checkpoint
 * @throws UnsupportedError when it is a checkpoint of a kind that cannot be read
 */
export async function openCheckpoint(source: ByteSource, options: OpenOptions = {}): Promise<Checkpoint> {
  const { signal } = options
  try {
    signal?.throwIfAborted()
    return await openWith(FORMATS, abortable(source, signal), options)
  } catch (error) {
    throw abortReason(error, signal)
  }
}

/**
 * Checks the beginning of a stream before all of it is stored: one of another kind, perhaps endless, is refused.
 * @param name for messages
 * @returns the same chunks
 * @throws FormatError, UnsupportedError (when read) like `openCheckpoint` for a file with this beginning
 */
export function recogniseStream(name: string, chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  return recogniseWith(FORMATS, name, chunks)
}
