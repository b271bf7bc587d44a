/** Files that must not outlive the process: what is half written, and what was fetched for a while. */
import { unlinkSync } from 'node:fs'

const scratchFiles = new Set<string>()

let count = 0

/** Different in every process and at every call; what is left over from a crash is refused by the flag `x`, not reused. */
export function scratchName(name: string): string {
  return `.${name}.${process.pid}-${Date.now().toString(36)}-${count++}.selfsup2mmdet-tmp`
}

/** Notes a file that is about to be made. */
export function addScratchFile(path: string): void {
  scratchFiles.add(path)
}

/** From now on it is a file like any other. */
export function forgetScratchFile(path: string): void {
  scratchFiles.delete(path)
}

export function removeScratchFile(path: string): void {
  scratchFiles.delete(path)
  try {
    unlinkSync(path)
  } catch {
    // It was never made, or it is gone already, or the disk is: there is nobody left to tell.
  }
}

/** Removes all scratch files; synchronous, for the last moments of a process. */
export function removeScratchFiles(): void {
  for (const path of [...scratchFiles]) removeScratchFile(path)
}
