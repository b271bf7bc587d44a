/** Unpacks deflated data as it is read, in memory that does not grow. */
import type { ByteSource } from './source.ts'

const PIECE = 64 * 1024

/** @throws Error (the platform's own) when the data is damaged or cut short; what the source throws */
export async function* inflate(
  packed: ByteSource,
  format: 'gzip' | 'deflate-raw',
): AsyncGenerator<Uint8Array> {
  let offset = 0
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      if (offset === packed.size) return controller.close()
      const chunk = new Uint8Array(Math.min(PIECE, packed.size - offset))
      await packed.read(offset, chunk)
      offset += chunk.length
      controller.enqueue(chunk)
    },
  })
  const reader = stream.pipeThrough(new DecompressionStream(format)).getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  } finally {
    await reader.cancel().catch(() => {})
  }
}
