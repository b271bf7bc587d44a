/** Storages, or parts of them, that are expensive to read twice: remote or deflated. They are read once and kept. */
import { type ByteSource, memorySource } from '../../../bytes/source.ts'
import { unowned } from '../../archive.ts'
import type { OpenContext, OwnedSource } from '../../format.ts'

/** The total kept in memory, in bytes; larger single storages go to a temporary file. */
const IN_MEMORY = 16 * 1024 * 1024

interface Kept {
  /** Bytes in memory. */
  readonly held: number
  readonly source: Promise<OwnedSource>
}

export class KeptStorages {
  readonly #context: Pick<OpenContext, 'spool' | 'limit'>
  /** The most recently used is last. */
  readonly #kept = new Map<string, Kept>()

  constructor(context: Pick<OpenContext, 'spool' | 'limit'>) {
    this.#context = context
  }

  has(key: string): boolean {
    return this.#kept.has(key)
  }

  /**
   * @param size of all chunks together
   * @throws errors of the chunks; the next call reads again
   */
  async get(
    key: string,
    name: string,
    size: number,
    chunks: () => AsyncIterable<Uint8Array>,
  ): Promise<ByteSource> {
    const inMemory = size <= IN_MEMORY
    const kept = this.#kept.get(key) ?? {
      held: inMemory ? size : 0,
      source: inMemory
        ? collect(name, size, this.#context.limit(name, chunks()))
        : this.#context.spool(name, chunks()),
    }
    this.#kept.delete(key)
    this.#makeRoom(kept.held)
    this.#kept.set(key, kept)
    try {
      return await kept.source
    } catch (error) {
      this.#kept.delete(key)
      throw error
    }
  }

  /** Readers can still use a storage that is removed here. */
  #makeRoom(needed: number): void {
    let held = needed
    for (const { held: one } of this.#kept.values()) held += one
    for (const [key, kept] of this.#kept) {
      if (held <= IN_MEMORY) return
      if (kept.held > 0) this.#kept.delete(key)
      held -= kept.held
    }
  }

  async close(): Promise<void> {
    const all = [...this.#kept.values()]
    this.#kept.clear()
    for (const { source } of all) await source.then(one => one.close())
  }
}

async function collect(name: string, size: number, chunks: AsyncIterable<Uint8Array>): Promise<OwnedSource> {
  const bytes = new Uint8Array(size)
  let filled = 0
  for await (const chunk of chunks) {
    bytes.set(chunk, filled)
    filled += chunk.length
  }
  return unowned(memorySource(bytes, name))
}
