/** A tensor's bytes as a source, to read them in another order. */
import type { ByteSource } from '../bytes/source.ts'
import { FormatError } from '../errors.ts'
import { chunksOf } from './chunks.ts'
import { byteLength, type Tensor } from './tensor.ts'

/**
 * Lends a tensor as a source while `use` runs. Reading forward takes one pass over the tensor; reading an earlier position
 * starts another. Each pass reads to the end of the tensor, because damage is only detected there.
 * @throws FormatError, UnsupportedError like `Tensor.copyTo`
 */
export async function withTensorSource<T>(
  tensor: Tensor,
  use: (source: ByteSource) => Promise<T>,
): Promise<T> {
  const passes = new Passes(tensor)
  try {
    const result = await use(passes)
    await passes.finish()
    return result
  } finally {
    await passes.stop()
  }
}

class Passes implements ByteSource {
  readonly name: string
  readonly size: number
  readonly #tensor: Tensor
  #chunks: AsyncGenerator<Uint8Array, void> | undefined
  /** The position of the next byte in this pass. */
  #position = 0
  #rest: Uint8Array = new Uint8Array(0)

  constructor(tensor: Tensor) {
    this.#tensor = tensor
    this.name = tensor.origin
    this.size = byteLength(tensor)
  }

  async read(offset: number, into: Uint8Array): Promise<void> {
    if (offset < this.#position) await this.finish()
    this.#chunks ??= chunksOf(this.#tensor)
    let filled = 0
    while (filled < into.length) {
      if (this.#rest.length === 0) await this.#next(offset + filled)
      const skipped = Math.min(this.#rest.length, offset + filled - this.#position)
      const taken = this.#rest.subarray(skipped, skipped + into.length - filled)
      into.set(taken, filled)
      filled += taken.length
      this.#position += skipped + taken.length
      this.#rest = this.#rest.subarray(skipped + taken.length)
    }
  }

  async #next(wanted: number): Promise<void> {
    const { done, value } = await this.#chunks!.next()
    if (done)
      throw new FormatError(
        { source: this.name, offset: this.#position },
        `expected a tensor of ${this.size} bytes, found its end before byte ${wanted}.`,
        'The file is cut short or damaged: download or copy it again.',
      )
    this.#rest = value
  }

  /** Reads the pass to its end. */
  async finish(): Promise<void> {
    if (this.#chunks) for await (const _ of this.#chunks);
    await this.stop()
  }

  /** Stops the pass. */
  async stop(): Promise<void> {
    await this.#chunks?.return()
    this.#chunks = undefined
    this.#position = 0
    this.#rest = new Uint8Array(0)
  }
}
