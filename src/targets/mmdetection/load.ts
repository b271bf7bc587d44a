/** A checkpoint as MMDetection sees it when a backbone is initialised with `init_cfg=dict(type='Pretrained', …)`. */
import { underPrefix } from '../../tensor/prefix.ts'
import type { Checkpoint, StateDict } from '../../tensor/tensor.ts'

/**
 * The state dict is `state_dict`, or the whole file. Without a prefix, a leading `module.` is cut; with one, what does not begin
 * with it is left out, and `module.` stays (mmengine/model/weight_init.py: `PretrainedInit`; mmengine/runner/checkpoint.py:
 * `load_checkpoint`, `_load_checkpoint_with_prefix`).
 * @param prefix as in `init_cfg`: `backbone.` or `backbone`
 * @returns an empty one when MMDetection would find no tensors at all
 */
export function asMMDetectionReads({ sections }: Pick<Checkpoint, 'sections'>, prefix = ''): StateDict {
  return renamed(sections.get('state_dict') ?? sections.get('') ?? [], startOf(prefix))
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

/** The start of names with a prefix: `backbone` means `backbone.`. */
export function startOf(prefix: string): string {
  return prefix === '' || prefix.endsWith('.') ? prefix : `${prefix}.`
}

function renamed<T>(entries: Iterable<readonly [string, T]>, start: string): Map<string, T> {
  if (start !== '') return underPrefix(entries, start)
  return new Map([...entries].map(([name, value]) => [name.replace(/^module\./, ''), value]))
}
