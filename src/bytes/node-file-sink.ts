/**
 * A file that appears whole or not at all: bytes go to a scratch file beside the target, which is synced to the disk and
 * then renamed. A crash leaves the old file or the new one, each whole, and at worst a scratch file whose name says what it is.
 */
import { close as closeCall, fchmodSync, openSync, unlinkSync } from 'node:fs'
import { link, realpath, rename, stat, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { SystemError, UsageError } from '../errors.ts'
import { blockWriter } from './node-block-writer.ts'
import type { ByteSink } from './sink.ts'

const close = promisify(closeCall)

export interface FileSinkOptions {
  /** Refuse when the target exists, also when it comes into being while we write. */
  readonly keepExisting?: boolean
}

/** Scratch files that are being written now, for `removeScratchFiles`. */
const scratchFiles = new Set<string>()

/** Removes what unfinished sinks have written so far; synchronous, for the last moments of a process. */
export function removeScratchFiles(): void {
  for (const path of scratchFiles) {
    try {
      unlinkSync(path)
    } catch {
      // It is gone already, or the disk is: either way there is nobody left to tell.
    }
  }
  scratchFiles.clear()
}

/**
 * @throws UsageError when the target is a folder or other special file, its folder does not exist, or it exists and
 *   `keepExisting` is set
 * @throws SystemError when the folder cannot be written to
 */
export async function createFile(path: string, options: FileSinkOptions = {}): Promise<ByteSink> {
  const target = await resolveTarget(path)
  const mode = await existingMode(target, path)
  if (mode !== undefined && options.keepExisting) throw existsAlready(path)
  // The target's own name comes first, so that a person who finds the file knows what it was to become.
  const scratch = join(dirname(target), scratchName(basename(target)))
  try {
    // On the spot, and known before it is there: a signal finds either no file, or one that it can remove.
    scratchFiles.add(scratch)
    const fd = openSync(scratch, 'wx', mode ?? 0o666)
    if (mode !== undefined) fchmodSync(fd, mode)
    return fileSink(fd, { path, target, scratch, keepExisting: options.keepExisting ?? false })
  } catch (error) {
    removeScratch(scratch)
    throw writeError(error, path)
  }
}

let scratchCount = 0

/** Different in every process and at every call; what is left over from a crash is refused by the flag `x`, not reused. */
function scratchName(name: string): string {
  return `.${name}.${process.pid}-${Date.now().toString(36)}-${scratchCount++}.selfsup2mmdet-tmp`
}

/** Follows symbolic links to the file they name, so that the link stays a link. */
async function resolveTarget(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch {
    return path
  }
}

async function existingMode(target: string, path: string): Promise<number | undefined> {
  let found: Awaited<ReturnType<typeof stat>>
  try {
    found = await stat(target)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw writeError(error, path)
  }
  if (found.isFile()) return found.mode & 0o777
  throw new UsageError(
    `${path} is ${found.isDirectory() ? 'a folder' : 'not a regular file'}.`,
    'Give the path of the file to write.',
  )
}

interface Target {
  readonly path: string
  readonly target: string
  readonly scratch: string
  readonly keepExisting: boolean
}

function fileSink(fd: number, where: Target): ByteSink {
  const writer = blockWriter(fd)
  let done = false

  return {
    name: where.path,
    get position() {
      return writer.position
    },
    async write(bytes) {
      await telling(where, writer.write(bytes))
    },
    async finish() {
      await telling(where, writer.finish())
      await telling(where, close(fd))
      await telling(where, moveInPlace(where))
      done = true
      scratchFiles.delete(where.scratch)
    },
    async abort() {
      if (done) return
      done = true
      await writer.settle()
      await close(fd).catch(() => {})
      removeScratch(where.scratch)
    },
  }
}

/** @throws SystemError, UsageError in place of what the system said */
async function telling(where: Target, work: Promise<void>): Promise<void> {
  try {
    await work
  } catch (error) {
    throw writeError(error, where.path)
  }
}

async function moveInPlace({ path, target, scratch, keepExisting }: Target): Promise<void> {
  if (!keepExisting) return rename(scratch, target)
  try {
    // Unlike rename, link fails when the target came into being meanwhile.
    await link(scratch, target)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'EEXIST') throw existsAlready(path)
    // File systems without hard links: the check at the start has to do.
    return rename(scratch, target)
  }
  await unlink(scratch)
}

function removeScratch(scratch: string): void {
  scratchFiles.delete(scratch)
  try {
    unlinkSync(scratch)
  } catch {
    // It was never made, or the disk is gone.
  }
}

function existsAlready(path: string): UsageError {
  return new UsageError(
    `${path} exists already.`,
    'Give another name, or leave --no-clobber out to replace it.',
  )
}

const ADVICE: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk is full: free some space or choose another folder. Nothing was written.',
  EDQUOT: 'Your disk quota is used up: free some space or choose another folder. Nothing was written.',
  EACCES: 'You may not write to this folder: choose another one or change its permissions.',
  EPERM: 'You may not write to this folder: choose another one or change its permissions.',
  EROFS: 'This file system is read-only: choose another folder.',
}

function writeError(error: unknown, path: string): unknown {
  const code = (error as NodeJS.ErrnoException).code
  if (code === undefined || error instanceof SystemError) return error
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return new UsageError(
      `The folder ${dirname(path)} does not exist.`,
      'Create it first, or choose another folder.',
    )
  return new SystemError(`Cannot write ${path}: ${(error as Error).message}.`, code, ADVICE[code] ?? '', {
    cause: error,
  })
}
