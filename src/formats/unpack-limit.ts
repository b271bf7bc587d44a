/**
 * How much may be unpacked of a file. Deflate makes a thousand bytes of one, and what is compressed twice a million: a small file
 * could fill any disk. A checkpoint is numbers, which compress little.
 */
import { UnsupportedError } from '../errors.ts'

/** Trained weights become 1.1 times as many bytes; those of a checkpoint of zeros, a thousand times. */
const MAX_RATIO = 64

/** However small the file is: a checkpoint of MoCo v2 whose weights are all one number. */
const MAX_UNPACKED = 1024 * 1024 * 1024

/** The remaining budget, shared by everything that is unpacked from a file. */
export class Allowance {
  #size = 0
  #left = MAX_UNPACKED

  /** A file that is really there, of so many bytes: the one that is opened, or another of the same checkpoint. */
  grow(size: number): void {
    this.#size += size
    this.#left += MAX_RATIO * size
  }

  /**
   * The same chunks.
   * @param name of what is unpacked, for messages
   * @throws UnsupportedError (when read) once they are more than what is left
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
