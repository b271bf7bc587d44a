/** Files on disk, through Node. */
import { type BigIntStats, closeSync, existsSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { nearest } from '../bytes/nearest.ts'
import { type ByteSource, checkRange } from '../bytes/source.ts'
import { FormatError, SystemError, UsageError } from '../errors.ts'

/**
 * Files are opened and read on the spot: the way to the thread pool and back takes longer than copying bytes from the
 * system's cache, and while we read, the pool is busy writing. Longer reads are made in pieces of this many bytes.
 */
const PIECE = 1024 * 1024

/** An open file, which has to be closed. */
export interface FileSource extends ByteSource {
  close(): Promise<void>
}

/**
 * Opens a file for reading at any place.
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
 * A source over an open file that others may write to, which it closes.
 * @param stat of the file as it was opened
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

/** A source over an open file, which it closes. */
export function fileSource(fd: number, name: string, size: number): FileSource {
  let closed = false
  return {
    name,
    size,
    async read(offset, into) {
      checkRange(this, offset, into.length)
      // The system may have given the number to another file by now.
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
        // All that was read is here, and nothing was written.
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
 * Size and time of the last write tell. Not the time of the last change of the directory entry (ctime): to rename a file, or to
 * link it, changes none of its bytes. Nor the path: where another file was put in its place, this one was still read whole.
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

/** The error for a path that does not exist, with the file of that folder that was probably meant. */
export function noFile(path: string): UsageError {
  return new UsageError(
    `There is no file ${path}.`,
    slipIn(path) ?? 'Check the path; it is relative to the current folder.',
  )
}

/** What is probably wrong with a path that does not exist: its folder, a missing extension, a typing mistake. */
export function slipIn(path: string): string | undefined {
  const [folder, name] = [dirname(path), basename(path)]
  if (!existsSync(folder)) return `There is no folder ${folder}.`
  const names = namesIn(folder)
  const guess = names.find(other => other.startsWith(`${name}.`)) ?? nearest(name, names)
  return guess && `Did you mean ${path.slice(0, path.length - name.length)}${guess}?`
}

/** Hidden files are nothing that people name; nor is anything looked for in a folder that cannot be read. */
function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter(name => !name.startsWith('.'))
  } catch {
    return []
  }
}
