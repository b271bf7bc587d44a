/** How much a pickle may hold, so that none exhausts the memory of a machine; and the error for one that holds more. */
import { UnsupportedError } from '../errors.ts'

/** Tensors are outside of the pickle; a NumPy array is in it, half as long again. The largest known one takes 310 MB. */
export const MAX_PICKLE_BYTES = 512 * 1024 * 1024

/** Opcodes take time; a million NumPy numbers, one for each step of a training, have 17 million. */
export const MAX_PICKLE_STEPS = 50_000_000

/** What values take in memory (see `memory.ts`); the largest known ones take half of it. */
export const MAX_PICKLE_MEMORY = 1024 * 1024 * 1024

/**
 * Multiplies the limits of a pickle, for a checkpoint that is larger than any that we know.
 * @param factor as the caller stated it; 1 when it did not
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

/** Deflated, a kilobyte holds a pickle of megabytes: of the limits, a file gets a share that grows with it. */
const LEAST_SHARE = 1 / 8

/** Nothing in a real pickle takes as many times its own bytes. */
const PER_BYTE = 64

/**
 * The factor for a pickle of a file of so many bytes: those of less than 14 MB get less than the whole.
 * @param factor as the caller stated it
 */
export function limitsFor(fileSize: number, factor = 1): number {
  return factor * Math.min(1, LEAST_SHARE + (PER_BYTE * fileSize) / MAX_PICKLE_MEMORY)
}

/** A file may be sound and hold more than we expected: it is not called damaged for that. */
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

/** @throws UnsupportedError when a pickle is longer than the limit */
export function requirePickleSize(source: string, size: number, factor?: number): void {
  const { bytes } = pickleLimits(factor)
  if (size > bytes) throw beyondLimit(source, `the pickle has ${size} bytes, and the limit is ${bytes}`)
}
