/** A tensor's bytes into a file, whatever its format. */
import type { ByteSink } from '../bytes/sink.ts'
import type { Tensor } from '../tensor/tensor.ts'
import type { WriteOptions } from './format.ts'

/** @returns the CRC-32 of all bytes; throws what the tensor and the sink throw */
export function copyTensor(
  tensor: Tensor,
  sink: Pick<ByteSink, 'write'>,
  { onBytes }: WriteOptions,
): Promise<number> {
  return tensor.copyTo(async chunk => {
    await sink.write(chunk)
    onBytes?.(chunk.length)
  })
}
