/** Writes other files than checkpoints: a config, a page, a picture; and makes the folder for several outputs. */
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
 * Whether `writeOutput` would be allowed to write there: asked before the work that leads to it.
 * @throws UsageError when the name says another kind, or what is there is not to be replaced
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
