/** A checkpoint as MMDetection sees it when a backbone is initialised with `init_cfg=dict(type='Pretrained', …)`. */
import { MismatchError } from '../../errors.ts'
import { commandFor } from '../../explain/find-backbone.ts'
import { noTensors } from '../../explain/unrecognised.ts'
import type { Checkpoint, StateDict } from '../../tensor/tensor.ts'

/**
 * The state dict is `state_dict`, or the whole file. Without a prefix, a leading `module.` is cut; with one, what does not begin
 * with it is left out, and `module.` stays (mmengine/model/weight_init.py: `PretrainedInit`; mmengine/runner/checkpoint.py:
 * `load_checkpoint`, `_load_checkpoint_with_prefix`).
 * @param prefix as in `init_cfg`: `backbone.` or `backbone`
 * @throws MismatchError when MMDetection would find no tensors at all
 */
export function asMMDetectionReads(checkpoint: Checkpoint, prefix = ''): StateDict {
  const section = checkpoint.sections.get('state_dict') ?? checkpoint.sections.get('')
  const start = startOf(prefix)
  const state = renamed(section ?? [], start)
  if (state.size > 0) return state
  if (checkpoint.sections.size === 0) throw noTensors(checkpoint)
  const sections = [...checkpoint.sections.keys()].map(path => `'${path}'`).join(', ')
  throw section
    ? new MismatchError(
        `${checkpoint.source}: no tensor begins with '${start}'; its tensors are ${[...section.keys()].slice(0, 3).join(', ')}, ….`,
        'Give the prefix that the names have, or leave --prefix out.',
        { prefix },
      )
    : new MismatchError(
        `${checkpoint.source}: MMDetection looks for tensors in 'state_dict' or at the top level, and there are none; they are in ${sections}.`,
        ['Convert it first:', commandFor(checkpoint.source)],
        { sections: [...checkpoint.sections.keys()] },
      )
}

/**
 * What MMDetection finds under the names of tensors and is none, in Python's words: it passes over these with a warning.
 * @param prefix as in `init_cfg`
 */
export function nonTensorsForMMDetection(
  { sections, nonTensors }: Pick<Checkpoint, 'sections' | 'nonTensors'>,
  prefix = '',
): ReadonlyMap<string, string> {
  return renamed(nonTensors?.get(sections.has('state_dict') ? 'state_dict' : '') ?? [], startOf(prefix))
}

function startOf(prefix: string): string {
  return prefix === '' || prefix.endsWith('.') ? prefix : `${prefix}.`
}

function renamed<T>(entries: Iterable<readonly [string, T]>, start: string): Map<string, T> {
  const found = [...entries].filter(([name]) => name.startsWith(start))
  return new Map(
    found.map(([name, value]) => [
      start === '' ? name.replace(/^module\./, '') : name.slice(start.length),
      value,
    ]),
  )
}
