/** Stores a stream in a temporary file, so that it can be read in any order; the file is removed when the process ends. */
import { closeSync, openSync, statfsSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { SystemError } from '../errors.ts'
import { type FileSource, fileSource } from './file-source.ts'
import { addScratchFile, removeScratchFile, scratchName } from './scratch-files.ts'

export interface SpoolOptions {
  /** The size of the stream, if known: checked against the free space before writing. */
  readonly length?: number | undefined
  readonly folder?: string | undefined
  readonly onBytes?: ((count: number) => void) | undefined
}

/** Leave some space for other programs. */
const LEFT_FREE = 64 * 1024 * 1024

/**
 * @throws SystemError when the disk is too small: immediately if the length is known, otherwise before the disk is full
 * @throws any error of the stream; nothing is left behind
 */
export async function spool(
  name: string,
  chunks: AsyncIterable<Uint8Array>,
  { length, folder = temporaryFolder(), onBytes }: SpoolOptions = {},
): Promise<FileSource> {
  const room = freeBytes(folder) - LEFT_FREE
  if (length !== undefined && length > room) throw noRoom(name, folder, `${length} bytes`, room)
  const path = join(folder, scratchName('spool'))
  const fd = openScratch(path, name)
  try {
    let size = 0
    for await (const chunk of chunks) {
      if (size + chunk.length > room) throw noRoom(name, folder, 'more', room)
      writeAll(fd, chunk, name)
      size += chunk.length
      onBytes?.(chunk.length)
    }
    return withRemoval(fileSource(fd, name, size), path)
  } catch (error) {
    closeSync(fd)
    removeScratchFile(path)
    throw error
  }
}

/** The module is not imported: loading it costs start-up time, and few inputs are streams. */
function temporaryFolder(): string {
  return process.getBuiltinModule('node:os').tmpdir()
}

/** The system removes a file without a name when its last user ends, even after a crash. */
function openScratch(path: string, name: string): number {
  addScratchFile(path)
  try {
    const fd = openSync(path, 'wx+', 0o600)
    // On Windows, the name may remain until the file is closed.
    removeScratchFile(path)
    addScratchFile(path)
    return fd
  } catch (error) {
    throw cannotKeep(error, name)
  }
}

function withRemoval(source: FileSource, path: string): FileSource {
  return {
    name: source.name,
    size: source.size,
    read: (offset, into) => source.read(offset, into),
    async close() {
      await source.close()
      removeScratchFile(path)
    },
  }
}

function writeAll(fd: number, bytes: Uint8Array, name: string): void {
  try {
    for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done)
  } catch (error) {
    throw cannotKeep(error, name)
  }
}

function freeBytes(folder: string): number {
  try {
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize
  } catch {
    // Free space unknown: writing will fail if there is too little.
    return Number.POSITIVE_INFINITY
  }
}

const ADVICE = 'Free some space, or set TMPDIR to a folder on a larger disk.'

function noRoom(name: string, folder: string, needed: string, room: number): SystemError {
  return new SystemError(
    `${name} has to be copied to a temporary file: it has ${needed}, and ${folder} has room for ${Math.max(0, room)} bytes.`,
    'ENOSPC',
    ADVICE,
  )
}

function cannotKeep(error: unknown, name: string): SystemError {
  const { code = 'EIO', message } = error as NodeJS.ErrnoException
  return new SystemError(`${name} cannot be copied to a temporary file: ${message}.`, code, ADVICE, {
    cause: error,
  })
}
