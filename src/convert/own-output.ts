/** Whether a file is one that this program wrote, and so may be replaced by what it writes next. */
import { openFile } from '../bytes/node-file-source.ts'
import type { ByteSource } from '../bytes/source.ts'
import { ToolError, UsageError } from '../errors.ts'
import { openCheckpoint } from '../formats/index.ts'

/**
 * Says no where a file stands that this program did not write: with `a.pth.tar b.pth.tar`, as a shell makes of `*.pth.tar`, the
 * output is a second checkpoint. Empty files hold nothing to lose, and those that do not exist neither.
 * @throws UsageError when the file is to stay
 * @throws SystemError when it cannot be read
 */
export async function refuseForeign(path: string): Promise<void> {
  const found = await lookAt(path)
  if (found === 'ours' || found === 'nothing') return
  throw new UsageError(
    found === 'checkpoint'
      ? `${path} is a checkpoint that selfsup2mmdet did not write, and would be replaced.`
      : `${path} exists, and is nothing that selfsup2mmdet wrote.`,
    'The last name is that of the output: give it another one. Several inputs need --out-dir <folder>. To replace the file all the same: --overwrite.',
  )
}

type Found = 'nothing' | 'ours' | 'checkpoint' | 'something else'

async function lookAt(path: string): Promise<Found> {
  let file: Awaited<ReturnType<typeof openFile>>
  try {
    file = await openFile(path)
  } catch (error) {
    // It was not there, or went meanwhile.
    if (error instanceof UsageError) return 'nothing'
    throw error
  }
  try {
    return file.size === 0 ? 'nothing' : await lookInto(file)
  } finally {
    await file.close()
  }
}

async function lookInto(file: ByteSource): Promise<Found> {
  try {
    const { facts } = await openCheckpoint(file, { keep: refuseToUnpack })
    // In PyTorch's files it is in `meta`, in safetensors among their metadata.
    return facts.has('meta.selfsup2mmdet') || facts.has('selfsup2mmdet') ? 'ours' : 'checkpoint'
  } catch (error) {
    if (error instanceof Packed) return 'checkpoint'
    if (error instanceof ToolError) return 'something else'
    throw error
  }
}

/** Ours are never compressed, nor in an archive. */
class Packed extends Error {}

async function refuseToUnpack(): Promise<never> {
  throw new Packed()
}
