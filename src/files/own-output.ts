/** Whether a file is one that this program wrote, and so may be replaced by what it writes next. */

import type { ByteSource } from '../bytes/source.ts'
import { ToolError, UnsupportedError, UsageError } from '../errors.ts'
import { openCheckpoint } from '../formats/index.ts'
import { openFile } from '../node/file-source.ts'

/**
 * Says no where a checkpoint stands that this program did not write: with `a.pth.tar b.pth.tar`, as a shell makes of `*.pth.tar`,
 * the output is a second checkpoint, perhaps the only copy of a week's training. Any other file is replaced, as `cp` would.
 * @throws UsageError when the file is to stay
 * @throws SystemError when it cannot be read
 */
export async function refuseForeign(path: string): Promise<void> {
  if (!(await isForeign(path))) return
  throw new UsageError(
    `${path} is a checkpoint that selfsup2mmdet did not write, and would be replaced.`,
    'The last name is that of the output: give it another one. Several inputs need --out-dir <folder>. To replace the file all the same: --overwrite.',
  )
}

async function isForeign(path: string): Promise<boolean> {
  let file: Awaited<ReturnType<typeof openFile>>
  try {
    file = await openFile(path)
  } catch (error) {
    // It was not there, or went meanwhile.
    if (error instanceof UsageError) return false
    throw error
  }
  try {
    return await holdsForeign(file)
  } finally {
    await file.close()
  }
}

async function holdsForeign(file: ByteSource): Promise<boolean> {
  try {
    const { facts } = await openCheckpoint(file, { keep: refuseToUnpack })
    // In PyTorch's files it is in `meta`, in safetensors among their metadata.
    return !facts.has('meta.selfsup2mmdet') && !facts.has('selfsup2mmdet')
  } catch (error) {
    // A checkpoint that is packed, or that cannot be read here, is one all the same.
    if (error instanceof Packed || error instanceof UnsupportedError) return true
    if (error instanceof ToolError) return false
    throw error
  }
}

/** Ours are never compressed, nor in an archive. */
class Packed extends Error {}

async function refuseToUnpack(): Promise<never> {
  throw new Packed()
}
