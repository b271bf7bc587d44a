/** Reads that can be aborted with an `AbortSignal`. */
import type { ByteSource } from './source.ts'

/** Reads of local files never wait: without an occasional pause, nothing could abort them. In milliseconds. */
const UNINTERRUPTED = 20

/** The same source; once the signal is aborted, every read fails with its reason. */
export function abortable(source: ByteSource, signal: AbortSignal | undefined): ByteSource {
  if (!signal) return source
  let paused = performance.now()
  return {
    name: source.name,
    size: source.size,
    async read(offset, into) {
      if (performance.now() - paused > UNINTERRUPTED) {
        await new Promise(resolve => setTimeout(resolve))
        paused = performance.now()
      }
      signal.throwIfAborted()
      await source.read(offset, into)
    },
    expect: source.expect && ((offset, length) => source.expect?.(offset, length)),
    requireUnchanged: source.requireUnchanged && (() => source.requireUnchanged?.()),
  }
}

/** Passes on the chunks until the signal is aborted, then throws its reason immediately. */
export async function* untilAborted(
  chunks: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  // It may be rejected when nothing waits for it anymore.
  aborted.catch(() => {})
  const iterator = chunks[Symbol.asyncIterator]()
  for (;;) {
    signal.throwIfAborted()
    const { done, value } = await Promise.race([iterator.next(), aborted])
    if (done) return
    yield value
  }
}

/** The error to throw: the signal's reason if it was aborted, otherwise the original error. */
export function abortReason(error: unknown, signal: AbortSignal | undefined): unknown {
  return signal?.aborted ? signal.reason : error
}
