/** All formats that can be read. */
import type { ByteSource } from '../bytes/source.ts'
import type { Checkpoint } from '../tensor/tensor.ts'
import { openWith } from './detect.ts'
import type { Format } from './format.ts'
import { torchLegacy } from './torch/read-legacy.ts'
import { torchZip } from './torch/read-zip.ts'

export const FORMATS: readonly Format[] = [torchZip, torchLegacy]

/**
 * Opens a checkpoint: names, types and shapes. No tensor bytes are read and no code runs.
 * @throws FormatError when the file is damaged, hostile, or no checkpoint
 * @throws UnsupportedError when it is a checkpoint of a kind that cannot be read yet
 */
export function openCheckpoint(source: ByteSource): Promise<Checkpoint> {
  return openWith(FORMATS, source)
}
