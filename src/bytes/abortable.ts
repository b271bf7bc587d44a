/** Reads that can be aborted with an `AbortSignal`. */
import type { ByteSource } from './source.ts'

/** Reads of files at hand never wait: without a pause now and then, nobody could say that they are to end. In milliseconds. */
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

/** The same chunks, until the signal is aborted: then its reason is thrown at once, whatever is still waited for. */
export async function* untilAborted(
  chunks: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  // It may come when nobody waits for it any more.
  aborted.catch(() => {})
  const iterator = chunks[Symbol.asyncIterator]()
  for (;;) {
    signal.throwIfAborted()
    const { done, value } = await Promise.race([iterator.next(), aborted])
    if (done) return
    yield value
  }
}

/** What to throw in place of an error: where it came of ending early, the reason for that. */
export function abortReason(error: unknown, signal: AbortSignal | undefined): unknown {
  return signal?.aborted ? signal.reason : error
}
