/** Whether a file is one that this program wrote, and that is unchanged since: only such a file is replaced without being asked to. */

import type { ByteSource } from '../bytes/source.ts'
import { type Advice, ToolError, UnsupportedError, UsageError } from '../errors.ts'
import { openCheckpoint } from '../formats/index.ts'
import { openFile } from '../node/file-source.ts'
import type { OutputKind } from './output-name.ts'
import { isSealed } from './seal.ts'

/**
 * Says no where something stands that is not ours to replace: with `a.pth.tar b.pth.tar`, as a shell makes of `*.pth.tar`, the
 * output is a second checkpoint, perhaps the only copy of a week's training; a config may hold edits by hand.
 * @param kind what is to be written: of another kind, even a file of ours stays
 * @throws UsageError when the file is to stay
 * @throws SystemError when it cannot be read
 */
export async function refuseForeign(path: string, kind: OutputKind): Promise<void> {
  let file: Awaited<ReturnType<typeof openFile>>
  try {
    file = await openFile(path)
  } catch (error) {
    // It was not there, or went meanwhile.
    if (error instanceof UsageError) return
    throw error
  }
  try {
    if (kind !== 'backbone') {
      if (!(await isSealed(kind, file))) throw changed(path, kind)
      return
    }
    const found = await checkpointIn(file)
    if (found !== 'ours') throw foreign(path, found)
  } finally {
    await file.close()
  }
}

function foreign(path: string, found: 'theirs' | 'none'): UsageError {
  return found === 'theirs'
    ? new UsageError(
        `${path} is a checkpoint that selfsup2mmdet did not write, and would be replaced.`,
        overwriting(
          'The last name is that of the output: give it another one. Several inputs need a folder.',
        ),
      )
    : new UsageError(
        `${path} exists, and is not a backbone that selfsup2mmdet wrote.`,
        overwriting('Give the output another name.'),
      )
}

function overwriting(otherwise: string): Advice {
  return [{ say: `${otherwise} To replace the file all the same:`, use: [{ overwrite: true }] }]
}

const IS: Readonly<Record<Exclude<OutputKind, 'backbone'>, string>> = {
  config: 'a config',
  report: 'a report',
  filters: 'a picture',
  picture: 'a picture',
}

function changed(path: string, kind: keyof typeof IS): UsageError {
  return new UsageError(
    `${path} exists, and is not ${IS[kind]} that selfsup2mmdet wrote, or was edited since.`,
    overwriting('Give another name.'),
  )
}

/** By what the file says of itself; its tensors are not read. */
async function checkpointIn(file: ByteSource): Promise<'ours' | 'theirs' | 'none'> {
  try {
    const { facts } = await openCheckpoint(file, { spool: refuseToUnpack })
    // In PyTorch's files it is in `meta`, in safetensors among their metadata.
    return facts.has('meta.selfsup2mmdet') || facts.has('selfsup2mmdet') ? 'ours' : 'theirs'
  } catch (error) {
    // A checkpoint that is packed, or that cannot be read here, is one all the same.
    if (error instanceof Packed || error instanceof UnsupportedError) return 'theirs'
    if (error instanceof ToolError) return 'none'
    throw error
  }
}

/** Ours are never compressed, nor in an archive. */
class Packed extends Error {}

async function refuseToUnpack(): Promise<never> {
  throw new Packed()
}
