/** Limits the size of pickles, so that none exhausts a machine's memory; and the error for a larger one. */
import { UnsupportedError } from '../errors.ts'

/** Tensors are stored outside the pickle; a NumPy array is inside, 1.5 times its size. The largest known pickle has 310 MB. */
export const MAX_PICKLE_BYTES = 512 * 1024 * 1024

/** Opcodes take time; a million NumPy numbers, one per training step, have 17 million. */
export const MAX_PICKLE_STEPS = 50_000_000

/** Memory for values (see `memory.ts`); the largest known pickles take half of it. */
export const MAX_PICKLE_MEMORY = 1024 * 1024 * 1024

/**
 * The limits of a pickle, multiplied for a checkpoint larger than any known one.
 * @param factor as given by the caller; 1 by default
 */
export function pickleLimits(factor = 1): {
  readonly bytes: number
  readonly steps: number
  readonly memory: number
} {
  return {
    bytes: Math.floor(MAX_PICKLE_BYTES * factor),
    steps: Math.floor(MAX_PICKLE_STEPS * factor),
    memory: Math.floor(MAX_PICKLE_MEMORY * factor),
  }
}

/** A deflated kilobyte can expand to a pickle of megabytes, so small files get smaller limits. */
const LEAST_SHARE = 1 / 8

/** No value in a real pickle takes this many times its own bytes. */
const PER_BYTE = 64

/**
 * The factor for a file of this size: below 14 MB, less than 1.
 * @param factor as given by the caller
 */
export function limitsFor(fileSize: number, factor = 1): number {
  return factor * Math.min(1, LEAST_SHARE + (PER_BYTE * fileSize) / MAX_PICKLE_MEMORY)
}

/** A valid file may exceed our limits, so it is not called damaged. */
export function beyondLimit(source: string, problem: string): UnsupportedError {
  return new UnsupportedError(`${source}: ${problem}, more than any known checkpoint.`, [
    {
      say:
        'If it is yours, delete the large entries in PyTorch (losses, samples, a memory bank) and save it again: ' +
        "del checkpoint['losses']. Or raise the limits, which takes more memory:",
      use: [{ limits: 4 }],
    },
  ])
}

/** @throws UnsupportedError when a pickle exceeds the limit */
export function requirePickleSize(source: string, size: number, factor?: number): void {
  const { bytes } = pickleLimits(factor)
  if (size > bytes) throw beyondLimit(source, `the pickle has ${size} bytes, and the limit is ${bytes}`)
}
