/** Inflates data while it is read, in constant memory. */
import type { ByteSource } from './source.ts'

const PIECE = 64 * 1024

/** @throws Error (the platform's own) when the data is damaged or cut short; what the source throws */
export async function* inflate(
  packed: ByteSource,
  format: 'gzip' | 'deflate-raw',
): AsyncGenerator<Uint8Array> {
  const { writable, readable } = new DecompressionStream(format)
  const reader = readable.getReader()
  const feeding = feed(packed, writable.getWriter())
  // Whatever goes wrong on either side is told once, below.
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

/** Nodes newer than 20 wrap what zlib says in an error that says nothing. */
function plain(error: unknown): unknown {
  return error instanceof Error && error.message === '' && error.cause instanceof Error ? error.cause : error
}

/** Tells what the source threw from what the stream did. */
class SourceError extends Error {}

/**
 * Piece by piece, each only once the one before was unpacked: `pipeThrough` takes in all of a file as fast as it can be read
 * (Node 20), and memory grows with it.
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
