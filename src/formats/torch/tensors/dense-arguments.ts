/** The arguments of a dense tensor, except its storage. */
import { Call, FloatTuple, type PickleValue, Tuple } from '../../../pickle/values.ts'
import { MAX_AXES } from '../layout.ts'
import { asCount, malformed } from './storage.ts'

/** A tuple of counts, or a `torch.Size` of one. No writer uses a list, which could have changed since the call. */
export function asCounts(value: PickleValue | undefined, source: string): number[] {
  const inner =
    value instanceof Call && value.path === 'torch.Size' && value.args instanceof Tuple
      ? value.args.items[0]
      : value
  if (!(inner instanceof Tuple)) throw malformed(source, 'a tuple of sizes', value)
  if (inner instanceof FloatTuple) throw malformed(source, 'integers as sizes', inner)
  if (inner.items.length > MAX_AXES) throw malformed(source, `up to ${MAX_AXES} sizes`, inner)
  return inner.items.map(item => asCount(item, 'a size or stride of 0 or more', source))
}

/** PyTorch's names for its lazy operations on a tensor. */
const LAZY = ['conj', 'neg']

/**
 * Why metadata makes the values differ from the storage: `conj` and `neg` are still pending. PyTorch only writes flags that
 * are set; any other value might have been different at the time of the call.
 */
export function whyMetadata(metadata: PickleValue | undefined): string | undefined {
  if (metadata === undefined || metadata === null || isEmptyDict(metadata)) return undefined
  const set = metadata instanceof Map ? LAZY.filter(name => metadata.get(name) === true) : []
  return set.length > 0
    ? `a tensor that PyTorch has yet to ${set.join(' and ')}`
    : 'a tensor with metadata that may change its values'
}

function isEmptyDict(value: PickleValue): boolean {
  if (value instanceof Map) return value.size === 0
  if (!(value instanceof Call) || value.path !== 'collections.OrderedDict') return false
  return value.entries.size === 0 && value.args instanceof Tuple && value.args.items.length === 0
}
