/** A destination for bytes. */
import { concat } from './concat.ts'

/** Receives bytes in order. Nothing is visible at the destination before `finish`, and nothing is left after `abort`. */
export interface ByteSink {
  /** For messages. */
  readonly name: string
  /** The number of bytes written so far. */
  readonly position: number
  /** Accepts bytes; the caller may reuse the array once the promise is fulfilled. */
  write(bytes: Uint8Array): Promise<void>
  /** Makes the written bytes durable, and visible at the target. */
  finish(): Promise<void>
  /** Discards what was written. Has no effect after `finish`. */
  abort(): Promise<void>
}

/** A sink into memory, for tests and small files. */
export function memorySink(name = 'memory'): ByteSink & { bytes(): Uint8Array } {
  const chunks: Uint8Array[] = []
  let position = 0
  return {
    name,
    get position() {
      return position
    },
    async write(bytes) {
      chunks.push(bytes.slice())
      position += bytes.length
    },
    async finish() {},
    async abort() {
      chunks.length = 0
      position = 0
    },
    bytes: () => concat(chunks),
  }
}
