/** Files on disk, through Node. */
import { type BigIntStats, closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { type ByteSource, checkRange } from '../bytes/source.ts'
import { FormatError, SystemError, UsageError } from '../errors.ts'
import { slipIn } from './slips.ts'

/**
 * Files are opened and read synchronously: a trip to the thread pool takes longer than copying bytes from the system's cache,
 * and the pool is busy writing meanwhile. Longer reads are split into pieces of this size.
 */
const PIECE = 1024 * 1024

/** An open file, which must be closed. */
export interface FileSource extends ByteSource {
  close(): Promise<void>
}

/**
 * Opens a file for random access.
 * @throws UsageError when there is no such file or it is a folder
 * @throws SystemError when the system does not let us read it
 */
export async function openFile(path: string): Promise<FileSource> {
  try {
    const fd = openSync(path, 'r')
    const stat = fstatSync(fd, { bigint: true })
    if (stat.isFile()) return watchedFile(fd, path, stat)
    closeSync(fd)
  } catch (error) {
    throw readError(error, path)
  }
  throw new UsageError(`${path} is not a regular file.`, 'Give the path of a checkpoint file.')
}

/**
 * A source over an open file that others may write to; closing the source closes the file.
 * @param stat of the file when it was opened
 */
export function watchedFile(fd: number, name: string, stat: BigIntStats): FileSource {
  return {
    ...fileSource(fd, name, Number(stat.size)),
    requireUnchanged() {
      const now = statOf(fd, name)
      if (now.size !== stat.size || now.mtimeNs !== stat.mtimeNs) throw changed(name, stat, now)
    },
  }
}

/** A source over an open file; closing the source closes the file. */
export function fileSource(fd: number, name: string, size: number): FileSource {
  let closed = false
  return {
    name,
    size,
    async read(offset, into) {
      checkRange(this, offset, into.length)
      // The system may have reused the number for another file.
      if (closed) throw new Error(`${name} was closed before it was read.`)
      let done = 0
      while (done < into.length) {
        const piece = into.subarray(done, done + PIECE)
        const count = readSome(fd, piece, offset + done, name)
        if (count === 0) throw shrunk(name, offset + done, size)
        done += count
      }
    },
    async close() {
      if (closed) return
      closed = true
      try {
        closeSync(fd)
      } catch {
        // Everything that was read is here already, and nothing was written.
      }
    },
  }
}

function readSome(fd: number, into: Uint8Array, offset: number, name: string): number {
  try {
    return readSync(fd, into, 0, into.length, offset)
  } catch (error) {
    throw readError(error, name)
  }
}

function statOf(fd: number, name: string): BigIntStats {
  try {
    return fstatSync(fd, { bigint: true })
  } catch (error) {
    throw readError(error, name)
  }
}

/**
 * Detected by size and time of the last write. Not by ctime, which also changes when a file is renamed or linked. Not by
 * path: if another file replaced it, this one was still read completely.
 */
function changed(name: string, before: BigIntStats, now: BigIntStats): FormatError {
  const facts = ({ size, mtime }: BigIntStats): string => `${size} bytes, last written ${mtime.toISOString()}`
  return new FormatError(
    { source: name },
    `the file changed while it was read: it had ${facts(before)}; now it has ${facts(now)}.`,
    BUSY,
  )
}

const BUSY = 'Another program is writing to this file: wait until it has finished, then try again.'

function shrunk(name: string, offset: number, size: number): FormatError {
  return new FormatError(
    { source: name, offset },
    `the file became shorter while it was read: it had ${size} bytes at the start.`,
    BUSY,
  )
}

function readError(error: unknown, path: string): unknown {
  const code = (error as NodeJS.ErrnoException).code
  if (code === undefined) return error
  if (code === 'ENOENT' || code === 'ENOTDIR') return noFile(path)
  if (code === 'EISDIR') return new UsageError(`${path} is a folder.`, 'Give the path of a checkpoint file.')
  const advice =
    code === 'EACCES' || code === 'EPERM' ? 'Check the permissions of the file and its folders.' : ''
  return new SystemError(`Cannot read ${path}: ${(error as Error).message}.`, code, advice, { cause: error })
}

/** The error for a path that does not exist, suggesting the file that was probably meant. */
export function noFile(path: string): UsageError {
  return new UsageError(
    `There is no file ${path}.`,
    slipIn(path) ?? 'Check the path; it is relative to the current folder.',
  )
}
