/** A source of bytes. The interface is small, so that tests can easily provide a sparse, counting or failing source. */
import { FormatError } from '../errors.ts'

/** A source of bytes: a disk, memory, or a part of another source. */
export interface ByteSource {
  /** For messages: `moco.pth.tar`, or `moco.pth.tar!archive/data.pkl` for a part. */
  readonly name: string
  /** In bytes. */
  readonly size: number
  /**
   * Fills `into` with the bytes from `offset` on.
   * @throws FormatError when the source ends before `into` is full: there are no short reads
   */
  read(offset: number, into: Uint8Array): Promise<void>
  /**
   * Announces that a range will be read soon, after those announced before, so that it can be fetched ahead. Missing for
   * local sources. If present, code that opens files makes as few reads as possible.
   */
  readonly expect?: ((offset: number, length: number) => void) | undefined
  /**
   * Call after the last read: checks that all reads saw the same file. Missing if nobody else can write, or if every read
   * checks it.
   * @throws FormatError when the file changed since it was opened
   */
  readonly requireUnchanged?: (() => void) | undefined
}

/** A source over bytes in memory. */
export function memorySource(bytes: Uint8Array, name: string): ByteSource {
  return {
    name,
    size: bytes.length,
    async read(offset, into) {
      checkRange(this, offset, into.length)
      into.set(bytes.subarray(offset, offset + into.length))
    },
  }
}

/**
 * The part of a source from `offset` on, as a source.
 * @throws FormatError when the part exceeds the source
 */
export function subSource(whole: ByteSource, offset: number, size: number, name: string): ByteSource {
  checkRange(whole, offset, size)
  return {
    name,
    size,
    async read(from, into) {
      checkRange(this, from, into.length)
      await whole.read(offset + from, into)
    },
    expect: whole.expect && ((from, length) => whole.expect?.(offset + from, length)),
  }
}

/** Reads `length` bytes from `offset` on into fresh memory. */
export async function readBytes(source: ByteSource, offset: number, length: number): Promise<Uint8Array> {
  checkRange(source, offset, length)
  const bytes = new Uint8Array(length)
  await source.read(offset, bytes)
  return bytes
}

const PIECE = 1024 * 1024

/** All bytes of a source, in order, each chunk in fresh memory. */
export async function* chunksOfSource(source: ByteSource): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < source.size; offset += PIECE)
    yield await readBytes(source, offset, Math.min(PIECE, source.size - offset))
}

/** @throws FormatError when the range exceeds the source */
export function checkRange(source: { name: string; size: number }, offset: number, length: number): void {
  if (offset >= 0 && length >= 0 && offset + length <= source.size) return
  throw new FormatError(
    { source: source.name, offset },
    `expected ${length} bytes here, found the end: the data is ${source.size} bytes long.`,
    'The file is cut short or damaged: download or copy it again and compare its size.',
  )
}
