/**
 * Limits how much may be unpacked from a file. Deflate expands a byte to a thousand, and compressing twice to a million: a
 * small file could fill any disk. A checkpoint is numbers, which compress little.
 */
import { UnsupportedError } from '../errors.ts'

/** Trained weights expand 1.1 times, a checkpoint of zeros a thousand times. */
const MAX_RATIO = 64

/** For files of any size: a MoCo v2 checkpoint whose weights are all the same number. */
const MAX_UNPACKED = 1024 * 1024 * 1024

/** The remaining budget, shared by everything that is unpacked from a file. */
export class Allowance {
  #size = 0
  #left = MAX_UNPACKED

  /** Adds the size of a real file: the one that is opened, or another of the same checkpoint. */
  grow(size: number): void {
    this.#size += size
    this.#left += MAX_RATIO * size
  }

  /**
   * Passes on the chunks.
   * @param name of what is unpacked, for messages
   * @throws UnsupportedError (when read) once they exceed the remaining budget
   */
  async *limit(name: string, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      this.#left -= chunk.length
      if (this.#left < 0) throw this.#tooMuch(name)
      yield chunk
    }
  }

  #tooMuch(name: string): UnsupportedError {
    const most = MAX_UNPACKED + MAX_RATIO * this.#size
    return new UnsupportedError(
      `${name} unpacks to more than the limit of ${most} bytes (${MAX_UNPACKED}, and ${MAX_RATIO} for each of the file's ${this.#size} bytes).`,
      'Trained weights do not compress so well. If you trust the file, unpack it yourself (gunzip, unzip), and convert the result.',
    )
  }
}
