/** Writes files other than checkpoints: a config, a page, a picture; and creates the folder for several outputs. */
import { mkdirSync } from 'node:fs'
import { SystemError, UsageError } from '../errors.ts'
import { checkOutputName, type OutputKind } from '../files/output-name.ts'
import { replacing } from '../files/overwrite.ts'
import { seal } from '../files/seal.ts'
import { checkTarget, createFile } from '../node/file-sink.ts'
import { refuseOtherKind } from './output-kinds.ts'
import { overwriteOf, type Replacing } from './overwrite-options.ts'

type Kind = Exclude<OutputKind, 'backbone'>

/**
 * Whether `writeOutput` may write there, checked before the work.
 * @throws UsageError when the name is of another kind of file, or an existing file may not be replaced
 */
export async function checkOutput(path: string, kind: Kind, options: Replacing): Promise<void> {
  refuseOtherKind(path, kind)
  await checkTarget(path, replacing(overwriteOf(options), kind))
}

/** Writes the file completely or not at all, with a checksum, so that edits are noticed later. */
export async function writeOutput(
  path: string,
  kind: Kind,
  content: Uint8Array | string,
  options: Replacing,
): Promise<void> {
  checkOutputName(path, kind)
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
  const sink = await createFile(path, replacing(overwriteOf(options), kind))
  try {
    await sink.write(seal(kind, bytes))
    await sink.finish()
  } catch (error) {
    await sink.abort()
    throw error
  }
}

/**
 * Creates a folder and its parents if missing.
 * @throws UsageError when there is a file with its name
 * @throws SystemError when the system does not allow it
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
