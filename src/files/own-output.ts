/** Whether this program wrote a file that is unchanged since: only such a file is replaced without asking. */

import type { ByteSource } from '../bytes/source.ts'
import { latin1 } from '../bytes/text.ts'
import { type Advice, ToolError, UnsupportedError, UsageError } from '../errors.ts'
import { openCheckpoint } from '../formats/index.ts'
import { openFile } from '../node/file-source.ts'
import type { OutputKind } from './output-name.ts'
import { isSealed } from './seal.ts'

/**
 * Refuses to replace files that are not ours: in `a.pth.tar b.pth.tar`, which a shell makes of `*.pth.tar`, the output is a
 * second checkpoint, perhaps the only copy of a week's training; a config may have been edited by hand.
 * @param kind what will be written: a file of ours of another kind is kept, too
 * @throws UsageError when the file must stay
 * @throws SystemError when it cannot be read
 */
export async function refuseForeign(path: string, kind: OutputKind): Promise<void> {
  let file: Awaited<ReturnType<typeof openFile>>
  try {
    file = await openFile(path)
  } catch (error) {
    // It does not exist, or no longer.
    if (error instanceof UsageError) return
    throw error
  }
  try {
    if (kind !== 'backbone') {
      if (!(await isSealed(kind, file))) throw changed(path)
      return
    }
    if (!(await isOwnBackbone(file))) throw foreign(path, await isCheckpoint(file))
  } finally {
    await file.close()
  }
}

/** Whether a file exists that is a backbone from this program. */
export async function isOwnOutput(path: string): Promise<boolean> {
  const file = await openFile(path)
  try {
    return await isOwnBackbone(file)
  } finally {
    await file.close()
  }
}

function foreign(path: string, isCheckpoint: boolean): UsageError {
  return isCheckpoint
    ? new UsageError(
        `${path} is a checkpoint that selfsup2mmdet did not write, and would be replaced.`,
        overwriting(
          'The output is the last argument: give it another name. To convert several inputs on the command line: --out-dir.',
        ),
      )
    : new UsageError(
        `${path} exists and is not a backbone that selfsup2mmdet wrote.`,
        overwriting('Give the output another name.'),
      )
}

function overwriting(otherwise: string): Advice {
  return [{ say: `${otherwise} To replace the file anyway:`, use: [{ overwrite: true }] }]
}

function changed(path: string): UsageError {
  return new UsageError(
    `${path} exists, and either selfsup2mmdet did not write it or it was edited since.`,
    overwriting('Give the output another name.'),
  )
}

/** The start of our pickles: they have no memo opcodes, unlike Python's, so a file that PyTorch saved again is not ours. */
const OWN_PICKLE = String.raw`\x80\x02\}\(X(?:\n\0\0\0state_dict|\x05\0\0\0model)ccollections\nOrderedDict\n\)R`

/**
 * The beginnings of files from our writers; each byte is one character. In the stream format, four short pickles precede the
 * one with the tensors.
 */
const OWN_STARTS: readonly RegExp[] = [
  new RegExp(String.raw`^PK\x03\x04[\s\S]{26}archive/data\.pkl[\s\S]{18}${OWN_PICKLE}`),
  new RegExp(String.raw`^\x80\x02\x8a\n[\s\S]{117}${OWN_PICKLE}`),
  /^[\s\S]{8}\{"__metadata__":\{"selfsup2mmdet":/,
]

/** In bytes: enough for the facts about the file to be included after the names of any backbone's tensors. */
const HEAD = 1024 * 1024

/** Checks only the first bytes: the existing file is checked before each conversion, and may be large. */
async function isOwnBackbone(file: ByteSource): Promise<boolean> {
  const head = new Uint8Array(Math.min(file.size, HEAD))
  await file.read(0, head)
  const start = latin1(head.subarray(0, 256))
  // Searching the tensor bytes as text would take a hundred times as long.
  return OWN_STARTS.some(own => own.test(start)) && Buffer.from(head.buffer).includes('selfsup2mmdet')
}

/** A compressed or unsupported checkpoint still counts. */
async function isCheckpoint(file: ByteSource): Promise<boolean> {
  try {
    await openCheckpoint(file, { spool: refuseToUnpack })
    return true
  } catch (error) {
    if (error instanceof Packed || error instanceof UnsupportedError) return true
    if (error instanceof ToolError) return false
    throw error
  }
}

class Packed extends Error {}

async function refuseToUnpack(): Promise<never> {
  throw new Packed()
}
