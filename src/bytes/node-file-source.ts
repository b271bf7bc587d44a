/** Files on disk, through Node. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { FormatError, SystemError, UsageError } from '../errors.ts'
import { type ByteSource, checkRange } from './source.ts'

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
    const stat = fstatSync(fd)
    if (stat.isFile()) return fileSource(fd, path, stat.size)
    closeSync(fd)
  } catch (error) {
    throw readError(error, path)
  }
  throw new UsageError(`${path} is not a regular file.`, 'Give the path of a checkpoint file.')
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
      if (!closed) closeSync(fd)
      closed = true
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

function shrunk(name: string, offset: number, size: number): FormatError {
  return new FormatError(
    { source: name, offset },
    `the file became shorter while it was read: it had ${size} bytes at the start.`,
    'Something else is writing to this file: wait until it is done, then try again.',
  )
}

function readError(error: unknown, path: string): unknown {
  const code = (error as NodeJS.ErrnoException).code
  if (code === undefined) return error
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return new UsageError(
      `There is no file ${path}.`,
      'Check the path; it is relative to the current folder.',
    )
  if (code === 'EISDIR') return new UsageError(`${path} is a folder.`, 'Give the path of a checkpoint file.')
  const advice =
    code === 'EACCES' || code === 'EPERM' ? 'Check the permissions of the file and its folders.' : ''
  return new SystemError(`Cannot read ${path}: ${(error as Error).message}.`, code, advice, { cause: error })
}
