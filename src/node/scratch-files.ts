/** Files that must not outlive the process: unfinished outputs and temporary downloads. */
import { readdirSync, readlinkSync, realpathSync, unlinkSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'

const ENDING = '.selfsup2mmdet-tmp'

const scratchFiles = new Set<string>()

let count = 0

/** File systems allow 255 bytes; a scratch file's name adds at most 50 to the target's. */
const NAME_BYTES = 200

/** The beginning of a scratch file's name: the target's, truncated if too long. */
function startOf(name: string): string {
  const bytes = new TextEncoder().encode(name)
  if (bytes.length <= NAME_BYTES) return `.${name}.`
  // Drops a character that was cut in two.
  return `.${new TextDecoder().decode(bytes.subarray(0, NAME_BYTES)).replace(/\ufffd+$/, '')}.`
}

/** Unique per process and call; a leftover from a crash is refused by the flag `x`, not reused. */
export function scratchName(name: string): string {
  return `${startOf(name)}${process.pid}-${Date.now().toString(36)}-${count++}${ENDING}`
}

/** Registers a file that is about to be created. */
export function addScratchFile(path: string): void {
  scratchFiles.add(path)
}

/** The file is finished, and must not be removed anymore. */
export function forgetScratchFile(path: string): void {
  scratchFiles.delete(path)
}

export function removeScratchFile(path: string): void {
  scratchFiles.delete(path)
  try {
    unlinkSync(path)
  } catch {
    // It was never created, or it or the disk is already gone: nothing left to do.
  }
}

/** Removes all scratch files. Synchronous, so that it works while the process exits. */
export function removeScratchFiles(): void {
  for (const path of [...scratchFiles]) removeScratchFile(path)
}

/** The same limit as in Linux. */
const LINKS = 40

/** Follows symbolic links to their target, even if it does not exist yet. */
export function resolveTarget(path: string, left = LINKS): string {
  try {
    return realpathSync(path)
  } catch {
    const next = left > 0 ? linkAt(path) : undefined
    return next === undefined ? path : resolveTarget(resolve(dirname(path), next), left - 1)
  }
}

function linkAt(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}

/**
 * Scratch files of a target that killed runs left: nothing can clean up after SIGKILL or a power cut.
 * @param path as given to `createFile`
 * @returns paths, without those of processes that still run on this machine
 */
export function leftoversOf(path: string): string[] {
  const target = resolveTarget(path)
  const folder = dirname(target)
  try {
    return readdirSync(folder)
      .filter(name => {
        const writer = writerOf(name, basename(target))
        return writer !== undefined && !isRunning(writer)
      })
      .map(name => join(folder, name))
  } catch {
    // The folder cannot be listed.
    return []
  }
}

/** The process that created a scratch file for a target of this name; undefined if it is not one. */
function writerOf(scratch: string, target: string): number | undefined {
  const start = startOf(target)
  if (!scratch.startsWith(start) || !scratch.endsWith(ENDING)) return undefined
  const pid = /^(\d+)-[0-9a-z]+-\d+$/.exec(scratch.slice(start.length, -ENDING.length))?.[1]
  return pid === undefined ? undefined : Number(pid)
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    // It exists, but we may not send it a signal.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
