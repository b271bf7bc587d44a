/**
 * Writes a file sequentially in whole blocks: while one is written to disk, the next is filled. Blocks are aligned, because
 * writing the rest of a partly written page would have to wait for the disk.
 */
import { fdatasync as fdatasyncCall, fsync as fsyncCall, write as writeCall } from 'node:fs'
import { promisify } from 'node:util'

const [write, fdatasync, fsync] = [promisify(writeCall), promisify(fdatasyncCall), promisify(fsyncCall)]

/** Large enough that the cost of each call is small compared to the writing, small enough for the processor's cache. */
const BLOCK_SIZE = 1024 * 1024

/** Starts writing to disk after this many bytes, so that little is left to wait for at the end. */
const SYNC_EVERY = 4 * BLOCK_SIZE

export interface BlockWriter {
  readonly position: number
  /** @throws the system's error for this block or an earlier one */
  write(bytes: Uint8Array): Promise<void>
  /** Resolves when everything is on disk. */
  finish(): Promise<void>
  /** Waits until nothing uses the file anymore, even after a failure. */
  settle(): Promise<void>
}

export function blockWriter(fd: number): BlockWriter {
  let filling = new Uint8Array(BLOCK_SIZE)
  let other = new Uint8Array(BLOCK_SIZE)
  let start = 0
  let filled = 0
  let writing: Promise<void> = Promise.resolve()
  let syncing: Promise<void> | undefined
  let lost: { readonly error: unknown } | undefined

  async function handOver(): Promise<void> {
    await writing
    writing = writeAll(fd, filling.subarray(0, filled), start)
    writing.catch(() => {}) // The next await of it gets the error.
    start += filled
    filled = 0
    ;[filling, other] = [other, filling]
    if (start % SYNC_EVERY === 0) beginSync()
  }

  function beginSync(): void {
    syncing ??= fdatasync(fd)
      // The system reports lost bytes only once: the final sync would not see them.
      .catch(error => {
        lost ??= { error }
      })
      .finally(() => {
        syncing = undefined
      })
  }

  return {
    get position() {
      return start + filled
    },
    async write(bytes) {
      let rest = bytes
      while (filled + rest.length >= BLOCK_SIZE) {
        const part = rest.subarray(0, BLOCK_SIZE - filled)
        filling.set(part, filled)
        filled += part.length
        rest = rest.subarray(part.length)
        await handOver()
      }
      filling.set(rest, filled)
      filled += rest.length
    },
    async finish() {
      await handOver()
      await writing
      await syncing
      if (lost) throw lost.error
      await fsync(fd)
    },
    async settle() {
      await Promise.allSettled([writing, syncing])
    },
  }
}

async function writeAll(fd: number, bytes: Uint8Array, position: number): Promise<void> {
  let done = 0
  while (done < bytes.length)
    done += (await write(fd, bytes, done, bytes.length - done, position + done)).bytesWritten
}
