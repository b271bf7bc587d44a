/** Files beside the checkpoint: a config, a page, a picture; and the folder for many. */
import { mkdirSync } from 'node:fs'
import { SystemError, UsageError } from '../errors.ts'
import { createFile, type FileSinkOptions } from '../node/file-sink.ts'

/** Whole or not at all, as everything that this program writes. */
export async function writeBytes(path: string, bytes: Uint8Array, options?: FileSinkOptions): Promise<void> {
  const sink = await createFile(path, options)
  try {
    await sink.write(bytes)
    await sink.finish()
  } catch (error) {
    await sink.abort()
    throw error
  }
}

export async function writeText(path: string, text: string, options?: FileSinkOptions): Promise<void> {
  await writeBytes(path, new TextEncoder().encode(text), options)
}

/**
 * Makes a folder, and those above it, where they are not there.
 * @throws UsageError when there is a file in its place
 * @throws SystemError when the system does not let us
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    mkdirSync(path, { recursive: true })
  } catch (cause) {
    const { code = 'UNKNOWN', message } = cause as NodeJS.ErrnoException
    if (code === 'EEXIST' || code === 'ENOTDIR')
      throw new UsageError(`${path} cannot be a folder: there is a file in its place.`, 'Choose another one.')
    throw new SystemError(
      `Cannot make the folder ${path}: ${message}.`,
      code,
      'Choose another one, or make it yourself.',
      { cause },
    )
  }
}
