/** Inflates data while it is read, in constant memory. */
import type { ByteSource } from './source.ts'

const PIECE = 64 * 1024

/** @throws Error (the platform's own) when the data is damaged or cut short; errors of the source */
export async function* inflate(
  packed: ByteSource,
  format: 'gzip' | 'deflate-raw',
): AsyncGenerator<Uint8Array> {
  const { writable, readable } = new DecompressionStream(format)
  const reader = readable.getReader()
  const feeding = feed(packed, writable.getWriter())
  // An error on either side is reported once, below.
  const failure = feeding.then(
    () => undefined,
    (error: unknown) => ({ error }),
  )
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      yield value
    }
    await feeding
  } catch (error) {
    const failed = await failure
    throw failed?.error instanceof SourceError ? failed.error.cause : plain(error)
  } finally {
    await reader.cancel().catch(() => {})
  }
}

/** Versions after Node 20 wrap zlib's errors in errors without a message. */
function plain(error: unknown): unknown {
  return error instanceof Error && error.message === '' && error.cause instanceof Error ? error.cause : error
}

/** Distinguishes errors of the source from those of the stream. */
class SourceError extends Error {}

/**
 * Feeds each piece once the previous one was unpacked: `pipeThrough` reads the file as fast as possible (Node 20), and so
 * fills the memory.
 */
async function feed(
  packed: ByteSource,
  writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>,
): Promise<void> {
  for (let offset = 0; offset < packed.size; offset += PIECE) {
    const piece = new Uint8Array(Math.min(PIECE, packed.size - offset))
    try {
      await packed.read(offset, piece)
    } catch (error) {
      const wrapped = new SourceError('the source failed', { cause: error })
      await writer.abort(wrapped).catch(() => {})
      throw wrapped
    }
    await writer.ready
    await writer.write(piece)
  }
  await writer.close()
}
