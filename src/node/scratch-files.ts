/** Files that must not outlive the process: what is half written, and what was fetched for a while. */
import { readdirSync, readlinkSync, realpathSync, unlinkSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'

const ENDING = '.selfsup2mmdet-tmp'

const scratchFiles = new Set<string>()

let count = 0

/** File systems take 255 bytes; what is behind the target's name in that of a scratch file has at most 50. */
const NAME_BYTES = 200

/** The beginning of a scratch file's name: the target's, which is cut where it is so long that nothing would fit behind it. */
function startOf(name: string): string {
  const bytes = new TextEncoder().encode(name)
  if (bytes.length <= NAME_BYTES) return `.${name}.`
  // A character that was cut in two is left out.
  return `.${new TextDecoder().decode(bytes.subarray(0, NAME_BYTES)).replace(/\ufffd+$/, '')}.`
}

/** Different in every process and at every call; what is left over from a crash is refused by the flag `x`, not reused. */
export function scratchName(name: string): string {
  return `${startOf(name)}${process.pid}-${Date.now().toString(36)}-${count++}${ENDING}`
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

/** As many links as Linux follows. */
const LINKS = 40

/** Follows symbolic links to the file that they name, also to one that is not there yet. */
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
 * What runs that were killed left beside a target: nobody can tidy up after SIGKILL or a power cut.
 * @param path as it was given to `createFile`
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
    // A folder that cannot be listed tells nothing.
    return []
  }
}

/** The process that made a scratch file for a target of this name; undefined when it is none. */
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
    // Without the right to send it a signal, it is there all the same.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
