/** Buffers that are used again: copying thousands of tensors leaves no garbage behind, so memory stays flat. */

/** Large enough that a system call costs little beside the copying, small enough to stay in the processor's cache. */
export const SCRATCH_SIZE = 256 * 1024

const idle: Uint8Array<ArrayBuffer>[] = []

/** Lends a buffer of `SCRATCH_SIZE` bytes with arbitrary content, for as long as `use` runs. */
export async function withScratch<T>(use: (buffer: Uint8Array<ArrayBuffer>) => Promise<T>): Promise<T> {
  const buffer = idle.pop() ?? new Uint8Array(SCRATCH_SIZE)
  try {
    return await use(buffer)
  } finally {
    idle.push(buffer)
  }
}
