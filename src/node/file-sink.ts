/**
 * A file that appears complete or not at all: bytes go to a scratch file next to the target, which is synced to disk and then
 * renamed. After a crash, either the old or the new file is there, complete, and at worst also a scratch file.
 */
import {
  closeSync,
  existsSync,
  fchmodSync,
  linkSync,
  openSync,
  renameSync,
  type Stats,
  statSync,
  unlinkSync,
} from 'node:fs'
import { basename, dirname, join, sep } from 'node:path'
import type { ByteSink } from '../bytes/sink.ts'
import { SystemError, UsageError } from '../errors.ts'
import { blockWriter } from './block-writer.ts'
import { nameWithHash, sha256 } from './hash.ts'
import {
  addScratchFile,
  forgetScratchFile,
  removeScratchFile,
  resolveTarget,
  scratchName,
} from './scratch-files.ts'

/** How a file is put in place. By default, only an empty file is replaced. */
export interface FileSinkOptions {
  /** Replace an existing file. */
  readonly overwrite?: boolean | undefined
  /** Refuse if the target exists, even if empty, or if it appears while we write. */
  readonly keepExisting?: boolean | undefined
  /**
   * Called with the path before a file is replaced: when the sink is created, and again right before renaming. Throws if the
   * file must stay. A file that appears between that call and the renaming may be replaced.
   */
  readonly mayReplace?: ((path: string) => Promise<void>) | undefined
  /** Put the first 8 digits of the content's SHA-256 into the name: `moco.pth` becomes `moco-1a2b3c4d.pth`. */
  readonly hashInName?: boolean
}

/** A sink that becomes a file when it is finished. */
export interface FileSink extends ByteSink {
  /** The target: the planned name, or once finished, the actual one. */
  readonly path: string
}

/**
 * Starts a file that appears at its path, complete, when the sink is finished, and never if it is aborted.
 * @throws UsageError when the target is a folder or other special file, its folder does not exist, or it exists and may not
 *   be replaced; and any error from `mayReplace`
 * @throws SystemError when the folder cannot be written to
 */
export async function createFile(path: string, options: FileSinkOptions = {}): Promise<FileSink> {
  if (path.endsWith('/') || path.endsWith(sep))
    throw new UsageError(`${path} is a folder.`, [
      { say: 'Give the path of the file to write, or a folder:', state: 'outDir' },
    ])
  // With a hash in its name, the output is a different file: one at the path is left alone, but a folder is still a mistake.
  const target = options.hashInName ? path : resolveTarget(path)
  const found = existing(path)
  const mode = found && !options.hashInName ? found.mode & 0o777 : undefined
  if (mode !== undefined) await requireReplaceable(path, options)
  // Starts with the target's name, so that someone who finds the file knows what it was for.
  const scratch = join(dirname(target), scratchName(basename(target)))
  try {
    // Synchronous, and registered before it exists: a signal handler finds either no file, or one that it can remove.
    addScratchFile(scratch)
    const fd = openSync(scratch, 'wx', mode ?? 0o666)
    if (mode !== undefined) fchmodSync(fd, mode)
    return fileSink(fd, { path, target, scratch, options })
  } catch (error) {
    removeScratchFile(scratch)
    throw writeError(error, path)
  }
}

/**
 * The checks of `createFile`, for a file that is written later than others.
 * @throws UsageError like `createFile` with the same options
 */
export async function checkTarget(path: string, options: FileSinkOptions = {}): Promise<void> {
  if (existing(path)) await requireReplaceable(path, options)
  else if (!existsSync(dirname(resolveTarget(path)))) throw noFolder(path)
}

/** The only place that decides whether a file may be replaced. */
async function requireReplaceable(path: string, options: FileSinkOptions): Promise<void> {
  const found = existing(path)
  if (!found || options.overwrite) return
  if (options.keepExisting) throw existsAlready(path)
  if (found.size === 0) return
  if (!options.mayReplace) throw existsAlready(path)
  await options.mayReplace(path)
}

/** Uses the path itself, because `/dev/stdout` may lead to a pipe without a name. */
function existing(path: string): Stats | undefined {
  let found: Stats
  try {
    found = statSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw writeError(error, path)
  }
  if (found.isFile()) return found
  throw new UsageError(
    `${path} is ${found.isDirectory() ? 'a folder' : 'not a regular file'}.`,
    'Give the path of the file to write, or - for standard output.',
  )
}

interface Target {
  readonly path: string
  readonly target: string
  readonly scratch: string
  readonly options: FileSinkOptions
}

function fileSink(fd: number, where: Target): FileSink {
  const writer = blockWriter(fd)
  const hash = where.options.hashInName ? sha256() : undefined
  let final = where
  let isOpen = true
  let done = false

  function close(): void {
    // Only once, even if it fails: the system may reuse the number for another file.
    if (isOpen) {
      isOpen = false
      closeSync(fd)
    }
  }

  async function publish(): Promise<void> {
    await writer.finish()
    close()
    if (hash) final = renamed(where, hash.digest())
    await moveInPlace(final)
  }

  return {
    name: where.path,
    get position() {
      return writer.position
    },
    get path() {
      return final.path
    },
    write(bytes) {
      hash?.update(bytes)
      return telling(where, writer.write(bytes))
    },
    async finish() {
      await telling(where, publish())
      done = true
      forgetScratchFile(where.scratch)
    },
    async abort() {
      if (done) return
      done = true
      await writer.settle()
      try {
        close()
      } catch {
        // Its content is discarded anyway.
      }
      removeScratchFile(where.scratch)
    },
  }
}

function renamed(where: Target, hash: string): Target {
  return { ...where, path: nameWithHash(where.path, hash), target: nameWithHash(where.target, hash) }
}

/** @throws SystemError, UsageError in place of the system's error */
async function telling(where: Target, work: Promise<void>): Promise<void> {
  try {
    await work
  } catch (error) {
    throw writeError(error, where.path)
  }
}

/** On Windows, a virus scanner may briefly lock a file that was just written. */
const HELD: readonly unknown[] = ['EPERM', 'EBUSY', 'EACCES']
const PAUSES = process.platform === 'win32' ? [20, 50, 100, 200, 500] : []

function rename(from: string, to: string): void {
  for (const pause of PAUSES) {
    try {
      renameSync(from, to)
      return
    } catch (error) {
      if (!HELD.includes((error as NodeJS.ErrnoException).code)) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pause)
    }
  }
  renameSync(from, to)
}

async function moveInPlace({ path, target, scratch, options }: Target): Promise<void> {
  if (!options.overwrite && linked(scratch, target)) {
    unlinkSync(scratch)
    return
  }
  // The target exists, and the system cannot check and replace it in one step; or there are no hard links.
  await requireReplaceable(path, options)
  rename(scratch, target)
}

/** Unlike rename, link fails if the target exists or has just appeared; it also fails on file systems without hard links. */
function linked(scratch: string, target: string): boolean {
  try {
    linkSync(scratch, target)
    return true
  } catch {
    return false
  }
}

function existsAlready(path: string): UsageError {
  return new UsageError(`${path} already exists.`, [
    { say: 'Give the output another name. To replace the file, use only', use: [{ overwrite: true }] },
  ])
}

function noFolder(path: string): UsageError {
  return new UsageError(
    `The folder ${dirname(path)} does not exist.`,
    'Create it first, or choose another folder.',
  )
}

const ADVICE: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk is full: free some space or choose another folder.',
  EDQUOT: 'Your disk quota is used up: free some space or choose another folder.',
  EACCES: 'You have no permission to write to this folder: choose another one, or change its permissions.',
  EPERM: 'You have no permission to write to this folder: choose another one, or change its permissions.',
  EROFS: 'This file system is read-only: choose another folder.',
}

function writeError(error: unknown, path: string): unknown {
  const code = (error as NodeJS.ErrnoException).code
  if (code === undefined || error instanceof SystemError) return error
  if (code === 'ENOENT' || code === 'ENOTDIR') return noFolder(path)
  // Only about this file: others may have been written before it.
  return new SystemError(
    `Cannot write ${path}: ${(error as Error).message}.`,
    code,
    `${ADVICE[code] ?? ''} ${path} was not written.`.trimStart(),
    { cause: error },
  )
}
