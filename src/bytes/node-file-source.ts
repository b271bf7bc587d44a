/** Files on disk, through Node. */
import { readSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { FormatError, SystemError, UsageError } from '../errors.ts'
import { SCRATCH_SIZE } from './scratch.ts'
import { type ByteSource, checkRange } from './source.ts'

/**
 * Up to this many bytes are read at once and on the spot: the way to the thread pool and back takes longer than copying
 * them from the system's cache, and while we read, the pool is busy writing. It is what copying asks for at a time.
 */
const ON_THE_SPOT = SCRATCH_SIZE

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
    const handle = await open(path, 'r')
    const stat = await handle.stat()
    if (stat.isFile()) return fileSource(handle, path, stat.size)
    await handle.close()
  } catch (error) {
    throw readError(error, path)
  }
  throw new UsageError(`${path} is not a regular file.`, 'Give the path of a checkpoint file.')
}

function fileSource(handle: FileHandle, name: string, size: number): FileSource {
  return {
    name,
    size,
    async read(offset, into) {
      checkRange(this, offset, into.length)
      let done = 0
      while (done < into.length) {
        const rest = into.subarray(done)
        const count = await readSome(handle, rest, offset + done, name)
        if (count === 0) throw shrunk(name, offset + done, size)
        done += count
      }
    },
    close: () => handle.close(),
  }
}

async function readSome(handle: FileHandle, into: Uint8Array, offset: number, name: string): Promise<number> {
  try {
    if (into.length <= ON_THE_SPOT) return readSync(handle.fd, into, 0, into.length, offset)
    return (await handle.read(into, 0, into.length, offset)).bytesRead
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
