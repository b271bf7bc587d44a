/** A checkpoint as MMDetection sees it when a backbone is initialised with `init_cfg=dict(type='Pretrained', …)`. */
import { MismatchError } from '../errors.ts'
import type { Checkpoint, StateDict } from '../tensor/tensor.ts'
import { withoutWrapper } from './plan.ts'

/**
 * The state dict is `state_dict`, or the whole file; a leading `module.` is cut; with a prefix, what does not begin with it
 * is left out (mmengine/runner/checkpoint.py: `_load_checkpoint`, `_load_checkpoint_with_prefix`, `load_checkpoint`).
 * @param prefix as in `init_cfg`: `backbone.`
 * @throws MismatchError when MMDetection would find no tensors at all
 */
export function asMMDetectionReads(checkpoint: Checkpoint, prefix = ''): StateDict {
  const section = checkpoint.sections.get('state_dict') ?? checkpoint.sections.get('')
  const state = new Map(
    [...(section ?? [])]
      .map(([name, tensor]) => [withoutWrapper(name), tensor] as const)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, tensor]) => [name.slice(prefix.length), tensor]),
  )
  if (state.size > 0) return state
  const sections = [...checkpoint.sections.keys()].map(path => `'${path}'`).join(', ')
  throw section
    ? new MismatchError(
        `${checkpoint.source}: no tensor begins with '${prefix}'; its tensors are ${[...section.keys()].slice(0, 3).join(', ')}, ….`,
        'Give the prefix that the names have, or leave --prefix out.',
        { prefix },
      )
    : new MismatchError(
        `${checkpoint.source}: MMDetection looks for tensors in 'state_dict' or at the top level, and there are none; they are in ${sections || 'no section at all'}.`,
        'Convert it first: selfsup2mmdet in.pth.tar out.pth',
        { sections: [...checkpoint.sections.keys()] },
      )
}
