/** Checkpoints of a whole ConvNeXt of 13.5 MB, the smallest backbone: for tests of what becomes of files. */
import { join } from 'node:path'
import { network, stateDict, writeExpanded } from './expanded.ts'

/** How many tensors its backbone has. */
export const SMALL_TENSORS = 126

/** Of the method `backbone`, or of `openmmlab`; both in a few kilobytes. */
export function writeSmall(folder: string, method: 'backbone' | 'openmmlab' = 'backbone'): string {
  const prefix = method === 'openmmlab' ? 'backbone.' : ''
  const path = join(folder, `small-${method}.pth.tar`)
  return writeExpanded(path, { state_dict: stateDict(network('convnext-atto', prefix)) })
}
