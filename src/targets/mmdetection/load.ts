/** A checkpoint as MMDetection sees it when a backbone is initialised with `init_cfg=dict(type='Pretrained', …)`. */
import { underPrefix } from '../../tensor/prefix.ts'
import type { Checkpoint, StateDict } from '../../tensor/tensor.ts'

/**
 * The state dict is `state_dict`, or the whole file. Without a prefix, a leading `module.` is cut; with one, names that do
 * not begin with it are ignored, and `module.` stays (mmengine/model/weight_init.py: `PretrainedInit`;
 * mmengine/runner/checkpoint.py: `load_checkpoint`, `_load_checkpoint_with_prefix`).
 * @param prefix as in `init_cfg`: `backbone.` or `backbone`
 * @returns an empty one if MMDetection would find no tensors
 */
export function asMMDetectionReads({ sections }: Pick<Checkpoint, 'sections'>, prefix = ''): StateDict {
  return renamed(sections.get('state_dict') ?? sections.get('') ?? [], startOf(prefix))
}

/**
 * Values that MMDetection finds under tensor names but that are not tensors, as Python prints them: it skips them with a warning.
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
