/**
 * A file that appears whole or not at all: bytes go to a scratch file beside the target, which is synced to the disk and
 * then renamed. A crash leaves the target as it was, and at worst a scratch file whose name says what it is.
 */
import { randomBytes } from 'node:crypto'
import { unlinkSync } from 'node:fs'
import { type FileHandle, link, open, realpath, rename, stat, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { SystemError, UsageError } from '../errors.ts'
import type { ByteSink } from './sink.ts'

/** Large enough that the system call costs nothing beside the copying, small enough to stay in the cache. */
const BUFFER_SIZE = 1024 * 1024

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
  const scratch = join(
    dirname(target),
    `.${basename(target)}.${randomBytes(6).toString('hex')}.selfsup2mmdet-tmp`,
  )
  try {
    const handle = await open(scratch, 'wx', mode ?? 0o666)
    scratchFiles.add(scratch)
    if (mode !== undefined) await handle.chmod(mode)
    return fileSink(handle, { path, target, scratch, keepExisting: options.keepExisting ?? false })
  } catch (error) {
    removeScratch(scratch)
    throw writeError(error, path)
  }
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

function fileSink(handle: FileHandle, where: Target): ByteSink {
  let position = 0
  let buffer = new Uint8Array(BUFFER_SIZE)
  let spare = new Uint8Array(BUFFER_SIZE)
  let used = 0
  let done = false
  // One buffer is on its way to the file while the other is filled.
  let flushing: Promise<void> = Promise.resolve()

  async function flush(): Promise<void> {
    await flushing
    const full = buffer.subarray(0, used)
    flushing = writeAll(handle, full, position - used, where.path)
    // The error is thrown by the next await of `flushing`; without this it would count as unhandled until then.
    flushing.catch(() => {})
    ;[buffer, spare] = [spare, buffer]
    used = 0
  }

  return {
    name: where.path,
    get position() {
      return position
    },
    async write(bytes) {
      let taken = 0
      while (taken < bytes.length) {
        const count = Math.min(bytes.length - taken, BUFFER_SIZE - used)
        buffer.set(bytes.subarray(taken, taken + count), used)
        used += count
        taken += count
        position += count
        if (used === BUFFER_SIZE) await flush()
      }
    },
    async finish() {
      try {
        await flush()
        await flushing
        await handle.sync()
        await handle.close()
        await moveInPlace(where)
      } catch (error) {
        throw writeError(error, where.path)
      }
      done = true
      scratchFiles.delete(where.scratch)
      await syncFolder(dirname(where.target))
    },
    async abort() {
      if (done) return
      done = true
      await flushing.catch(() => {})
      await handle.close().catch(() => {})
      removeScratch(where.scratch)
    },
  }
}

async function writeAll(
  handle: FileHandle,
  bytes: Uint8Array,
  position: number,
  path: string,
): Promise<void> {
  let done = 0
  try {
    while (done < bytes.length)
      done += (await handle.write(bytes, done, bytes.length - done, position + done)).bytesWritten
  } catch (error) {
    throw writeError(error, path)
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

/** Makes the new name durable too, where the system can sync a folder. */
async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, 'r')
    await folder.sync().finally(() => folder.close())
  } catch {
    // Windows cannot open a folder; the file itself is safe.
  }
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
