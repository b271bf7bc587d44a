/** Prefixes that PyTorch adds to names when it wraps a network. They are only removed here. */

/**
 * Attributes of wrappers that contain the wrapped network. No network has children with these names, so they are removed
 * anywhere: `_orig_mod`: torch.compile (torch/_dynamo/eval_frame.py `OptimizedModule`); `_forward_module`: Lightning Fabric
 * around DeepSpeed's engine and others (lightning/fabric/wrappers.py `_FabricModule`); `_fsdp_wrapped_module`, and within it
 * `_fpw_module` up to PyTorch 1.13: FSDP (torch/distributed/fsdp/_common_utils.py, flatten_params_wrapper.py);
 * `_checkpoint_wrapped_module`: activation checkpointing (torch/distributed/algorithms/_checkpoint/checkpoint_wrapper.py);
 * `_module`: Opacus (opacus/grad_sample/gsm_base.py `AbstractGradSampleModule`).
 */
const ANYWHERE =
  /(?<=^|\.)(?:_orig_mod|_forward_module|_module|_fsdp_wrapped_module|_fpw_module|_checkpoint_wrapped_module)\./g

/** DataParallel, DistributedDataParallel, DeepSpeed's engine and SWA's AveragedModel store the network as `module`. */
const LEADING = 'module.'

/**
 * The same around a part of the network: `encoder_q.module.conv1`. Not before a number: OpenMMLab's moving averages wrap a
 * sequence of backbone and neck, and its methods use names like `encoder_k.module.0.conv1`.
 */
const INNER = /(?<=\.)module\.(?!\d)/g

/** A tensor's name in the network itself, which patterns are written for. */
export function withoutWrapper(name: string): string {
  // Called for every name, most of which contain no other wrapper.
  const unled = withoutLeading(name)
  if (!unled.includes('mod')) return unled
  return withoutLeading(name.replace(ANYWHERE, '')).replace(INNER, '')
}

function withoutLeading(name: string): string {
  let start = 0
  while (name.startsWith(LEADING, start)) start += LEADING.length
  return name.slice(start)
}

/**
 * The names that a pattern may match, by precedence: in the network itself; without a leading `module.`; and as in the file,
 * which `inspect` and messages show.
 */
export function readingsOf(name: string): readonly string[] {
  const bare = withoutWrapper(name)
  if (bare === name) return [name]
  const unled = name.startsWith(LEADING) ? name.slice(LEADING.length) : name
  return unled === bare || unled === name ? [bare, name] : [bare, unled, name]
}
