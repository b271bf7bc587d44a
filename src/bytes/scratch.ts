/** Reused buffers: copying thousands of tensors produces no garbage, so memory stays constant. */

/** Large enough that the cost of a system call is small, small enough to stay in the processor's cache. */
export const SCRATCH_SIZE = 256 * 1024

/** By size. */
const idle = new Map<number, Uint8Array<ArrayBuffer>[]>()

/** Lends a buffer with arbitrary content while `use` runs. */
export async function withScratch<T>(
  use: (buffer: Uint8Array<ArrayBuffer>) => Promise<T>,
  size = SCRATCH_SIZE,
): Promise<T> {
  const buffers = idle.get(size) ?? []
  idle.set(size, buffers)
  const buffer = buffers.pop() ?? new Uint8Array(size)
  try {
    return await use(buffer)
  } finally {
    buffers.push(buffer)
  }
}
