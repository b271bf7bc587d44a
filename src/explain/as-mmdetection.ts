/** A checkpoint as MMDetection sees it, or why it would see nothing. */
import { MismatchError } from '../errors.ts'
import { asMMDetectionReads, startOf } from '../targets/mmdetection/load.ts'
import type { Checkpoint, StateDict } from '../tensor/tensor.ts'
import type { Explanation } from './explanation.ts'
import { commandFor } from './find-backbone.ts'
import { noTensors } from './unrecognised.ts'

/**
 * The state dict that MMDetection would load.
 * @param prefix as in `init_cfg`: `backbone.` or `backbone`
 * @throws MismatchError when it would find no tensors at all
 */
export function readAsMMDetection(checkpoint: Checkpoint, prefix = ''): StateDict {
  const state = asMMDetectionReads(checkpoint, prefix)
  if (state.size > 0) return state
  throw new MismatchError(...explainNothing(checkpoint, prefix))
}

function explainNothing(checkpoint: Checkpoint, prefix: string): Explanation {
  const { source, sections } = checkpoint
  if (sections.size === 0) return noTensors({ kind: 'noTensors' }, { checkpoint })
  const section = sections.get('state_dict') ?? sections.get('')
  if (section)
    return [
      `${source}: no tensor begins with '${startOf(prefix)}'; its tensors are ${[...section.keys()].slice(0, 3).join(', ')}, ….`,
      'Give the prefix that the names have, or leave --prefix out.',
      { prefix },
    ]
  const paths = [...sections.keys()].map(path => `'${path}'`).join(', ')
  return [
    `${source}: MMDetection looks for tensors in 'state_dict' or at the top level, and there are none; they are in ${paths}.`,
    ['Convert it first:', commandFor(source)],
    { sections: [...sections.keys()] },
  ]
}
