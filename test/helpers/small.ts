/** Checkpoints of a ConvNeXt of 13.5 MB, the smallest complete backbone, for tests with files. */
import { join } from 'node:path'
import { network, stateDict, writeExpanded } from './expanded.ts'

/** The number of tensors in its backbone. */
export const SMALL_TENSORS = 126

/** For the method `backbone`, or `openmmlab`; both in a few kilobytes. */
export function writeSmall(folder: string, method: 'backbone' | 'openmmlab' = 'backbone'): string {
  const prefix = method === 'openmmlab' ? 'backbone.' : ''
  const path = join(folder, `small-${method}.pth.tar`)
  return writeExpanded(path, { state_dict: stateDict(network('convnext-atto', prefix)) })
}
