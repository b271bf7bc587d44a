/** Values that can be keys of a dict or items of a set in Python. */
import { Call, Global, type PickleValue, Tuple } from '../../../pickle/values.ts'
import { isTensor } from '../contents/objects.ts'
import { DICTS } from '../globals.ts'

/** Nested tuples: no writer goes deeper, and Python itself fails at some depth. */
const DEEPEST = 20

const HASHABLE =
  /^(torch\.(Size|device)|_codecs\.encode|(builtins|__builtin__)\.(frozenset|complex)|datetime\.\w+|pathlib\.\w+)$/
const NOT_HASHABLE = /^(builtins|__builtin__)\.(set|list|bytearray)$|^collections\.deque$/

/** Checks each tuple once: through the memo, a kilobyte can contain more values than there are atoms. */
const KNOWN = new WeakMap<Tuple, boolean | undefined>()

/** Whether a value is hashable; undefined if only its class can decide. */
export function isHashable(value: PickleValue, depth = 0): boolean | undefined {
  if (typeof value !== 'object' || value === null || value instanceof Global) return true
  if (value instanceof Uint8Array) return true
  if (value instanceof Tuple) return isHashableTuple(value, depth)
  if (!(value instanceof Call)) return Array.isArray(value) || value instanceof Map ? false : undefined
  if (DICTS.has(value.path) || NOT_HASHABLE.test(value.path)) return false
  return isTensor(value) || HASHABLE.test(value.path) || undefined
}

function isHashableTuple(tuple: Tuple, depth: number): boolean | undefined {
  if (KNOWN.has(tuple)) return KNOWN.get(tuple)
  const items = depth < DEEPEST ? tuple.items.map(item => isHashable(item, depth + 1)) : [undefined]
  const is = items.includes(false) ? false : items.includes(undefined) ? undefined : true
  KNOWN.set(tuple, is)
  return is
}

/** Whether its class may consider it equal to a text or a number: `str('x')`, `numpy.str_('x')`, `Decimal(1)`. */
export function mayEqualText(key: PickleValue): boolean {
  return key instanceof Call && (isHashable(key) !== true || NUMBER.test(key.path))
}

const NUMBER = /^(builtins|__builtin__)\.complex$/
