/** Copies a tensor's bytes to a file of any format. */
import type { ByteSink } from '../bytes/sink.ts'
import type { Tensor } from '../tensor/tensor.ts'
import type { WriteOptions } from './format.ts'

/**
 * @returns the CRC-32 of all bytes
 * @throws errors of the tensor and the sink
 */
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
