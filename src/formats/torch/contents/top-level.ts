/** Describes the top level of a checkpoint without a state dict, for errors. */
import { Call, describeValue, type PickleValue, Tuple } from '../../../pickle/values.ts'
import { isDict } from './dicts.ts'
import { isTensor } from './objects.ts'

/** Further values are not looked at. */
const MAX_SAMPLED = 100

/** `a dict of 4`; `a list of 62: tensors without names`. */
export function describeTop(value: PickleValue): string {
  if (isTensor(value)) return 'a tensor'
  const method = value instanceof Call ? methodName(value) : undefined
  if (method !== undefined) return `the method ${method} of an object, and not what it returns`
  const plain = describeValue(value)
  const items = value instanceof Tuple ? value.items : value
  if (Array.isArray(items)) return isAll(items, isTensor) ? `${plain}: tensors without names` : plain
  const entries = value instanceof Map ? value : value instanceof Call && isDict(value) ? value.entries : []
  return plain + describeEntries([...entries].slice(0, MAX_SAMPLED))
}

function describeEntries(entries: readonly (readonly [PickleValue, PickleValue])[]): string {
  const names = new Set(entries.map(([key]) => key))
  if (names.has('state') && names.has('param_groups')) return ': the state of an optimizer'
  const [keys, values] = [entries.map(([key]) => key), entries.map(([, value]) => value)]
  if (isAll(values, isTensor) && keys.every(key => typeof key !== 'string'))
    return ': tensors whose names are not strings'
  return values.some(isNumpyArray) ? ': NumPy arrays instead of tensors' : ''
}

function isAll(values: readonly PickleValue[], is: (value: PickleValue) => boolean): boolean {
  return values.length > 0 && values.slice(0, MAX_SAMPLED).every(is)
}

function isNumpyArray(value: PickleValue): boolean {
  return value instanceof Call && /^numpy\.\S*multiarray\._reconstruct$/.test(value.path)
}

/** `torch.save(model.state_dict, …)`, without parentheses: below protocol 4, `getattr(model, 'state_dict')`. */
function methodName({ path, args }: Call): string | undefined {
  if (!/^(builtins|__builtin__)\.getattr$/.test(path) || !(args instanceof Tuple)) return undefined
  const [, name] = args.items
  return typeof name === 'string' && name.length < 100 ? name : undefined
}
