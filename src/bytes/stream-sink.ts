/** Writes bytes to a `WritableStream`: a file that a browser opened for writing, the body of a request. */
import { SystemError } from '../errors.ts'
import type { ByteSink } from './sink.ts'

/** Bytes are collected up to this size: in browsers, each write is a message to another process. */
const BLOCK = 1024 * 1024

/**
 * `finish` closes the stream, which makes a browser's file appear; `abort` aborts it. Blocks passed to the stream are not reused.
 */
export function streamSink(stream: WritableStream<Uint8Array<ArrayBuffer>>, name = 'stream'): ByteSink {
  const writer = stream.getWriter()
  let block = new Uint8Array(BLOCK)
  let filled = 0
  let position = 0
  let isClosed = false

  async function flush(): Promise<void> {
    if (filled === 0) return
    const full = block.subarray(0, filled)
    block = new Uint8Array(BLOCK)
    filled = 0
    await guarded(writer.write(full))
  }

  async function guarded(work: Promise<void>): Promise<void> {
    try {
      await work
    } catch (cause) {
      throw failure(name, cause)
    }
  }

  return {
    name,
    get position() {
      return position
    },
    async write(bytes) {
      for (let done = 0; done < bytes.length; ) {
        const part = bytes.subarray(done, done + BLOCK - filled)
        block.set(part, filled)
        filled += part.length
        done += part.length
        if (filled === BLOCK) await flush()
      }
      position += bytes.length
    },
    async finish() {
      await flush()
      await guarded(writer.close())
      isClosed = true
    },
    async abort() {
      if (isClosed) return
      // A failed stream has nothing to discard.
      await writer.abort().catch(() => {})
    },
  }
}

function failure(name: string, cause: unknown): SystemError {
  const code = cause instanceof Error ? cause.name : 'unknown'
  const message = cause instanceof Error ? cause.message : String(cause)
  const advice = code === 'QuotaExceededError' ? 'Free some space, or choose another disk.' : ''
  return new SystemError(`${name} cannot be written to: ${message.replace(/\.?$/, '.')}`, code, advice, {
    cause,
  })
}
