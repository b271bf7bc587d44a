/** Keys that are equal in Python but not in JavaScript: `1`, `1.0` and `True`; `10**20` and `1e20`. */
import { type PickleValue, Tuple } from './values.ts'

/** Sets an entry like Python: among equal keys, the first stays, with the last value. */
export function setEntry(entries: Map<PickleValue, PickleValue>, key: PickleValue, value: PickleValue): void {
  const isNumeric = typeof key === 'number' || typeof key === 'boolean' || typeof key === 'bigint'
  entries.set(isNumeric ? numericKey(entries, key) : key, value)
}

function numericKey(
  entries: ReadonlyMap<PickleValue, PickleValue>,
  key: number | boolean | bigint,
): PickleValue {
  // NaN is not equal to itself: each is a separate key.
  if (Number.isNaN(key)) return new Tuple([key])
  return [key, ...equalsOf(key)].find(equal => entries.has(equal)) ?? key
}

/** The numbers of other types that are equal in Python. */
function equalsOf(key: number | boolean | bigint): (number | boolean | bigint)[] {
  if (typeof key === 'boolean') return [Number(key)]
  if (typeof key === 'bigint')
    return BigInt(Number.isFinite(Number(key)) ? Number(key) : 0) === key ? [Number(key)] : []
  if (key === 0 || key === 1) return [key === 1]
  return Number.isInteger(key) ? [BigInt(key)] : []
}
