/** Compares forward passes here with PyTorch's: a single version, since all compute the same, and old ones are slower. */
import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
import { PYTORCHES, type PyTorch } from './pytorch.ts'

/** The newest installed one. */
export const isNewest = ({ version }: PyTorch): boolean => version === PYTORCHES.at(-1)?.version

export const readFloats = (path: string): Float32Array =>
  new Float32Array(new Uint8Array(readFileSync(path)).buffer)

/** The largest difference over the largest value. */
export function difference(ours: ArrayLike<number>, theirs: ArrayLike<number>): number {
  expect(ours.length).toBe(theirs.length)
  let [most, largest] = [0, 0]
  for (let i = 0; i < theirs.length; i++) {
    most = Math.max(most, Math.abs(ours[i]! - theirs[i]!))
    largest = Math.max(largest, Math.abs(theirs[i]!))
  }
  return most / largest
}
