/** Values that behave like dictionaries in a pickle, and their entries. */
import { damagedAdvice, FormatError } from '../../../errors.ts'
import { setEntry } from '../../../pickle/keys.ts'
import { Call, describeValue, Instance, type PickleValue, Tuple } from '../../../pickle/values.ts'
import { DICTS } from '../globals.ts'

type Entries = ReadonlyMap<PickleValue, PickleValue>

/** The entries of a dict, or of an object that behaves like one; undefined for other values. */
export type AsDict = (value: PickleValue) => Entries | undefined

/** Whether a value is a dictionary; does not look inside. */
export function isDict(value: PickleValue): boolean {
  return value instanceof Map || (value instanceof Call && DICTS.has(value.path))
}

/**
 * `OrderedDict` gets its entries as an argument (a dict, or in Python 2 a list of pairs), one by one, or both.
 * @param altered lists and dicts that were changed after a call had copied them
 * @param doubtful keys that may equal others
 * @throws FormatError (when called) if it is uncertain what PyTorch would find in a dictionary
 */
export function dictsOf(
  altered: ReadonlySet<PickleValue>,
  doubtful: ReadonlySet<PickleValue>,
  source: string,
): AsDict {
  const known = new Map<Call, Entries>()
  let copied = 0
  const asDict: AsDict = value => {
    if (value instanceof Map) return value
    if (!(value instanceof Call) || !DICTS.has(value.path)) return undefined
    const initial = initialOf(value, source)
    if (initial === undefined) return value.entries
    const before = known.get(value)
    if (before) return before
    const pairs = pairsOf(initial, altered, source)
    // Many may be created from the same one, which is then read once.
    if (pairs === initial && value.entries.size === 0) return pairs
    copied += pairs.size
    if (copied > MAX_COPIED)
      throw new FormatError(
        { source },
        `dictionaries copy more than ${MAX_COPIED} entries of others.`,
        DAMAGED,
      )
    const entries = joined(pairs, value.entries)
    known.set(value, entries)
    return entries
  }
  return doubtful.size === 0 ? asDict : value => withoutDoubt(asDict(value), doubtful, source)
}

/** @throws FormatError for a dict with such a key and others: one may have replaced another */
function withoutDoubt(
  entries: Entries | undefined,
  doubtful: ReadonlySet<PickleValue>,
  source: string,
): Entries | undefined {
  if (!entries) return undefined
  let found: PickleValue | undefined
  let hasPlain = false
  for (const key of entries.keys()) {
    if (doubtful.has(key)) found = key
    else if (!(key instanceof Call)) hasPlain = true
  }
  if (found === undefined || !hasPlain) return entries
  throw uncertain(source, found, 'as a key, which may equal another one')
}

function joined(before: Entries, more: Entries): Entries {
  const entries = new Map(before)
  for (const [key, value] of more) setEntry(entries, key, value)
  return entries
}

/** The first argument, or for `defaultdict` the one after the factory. They are for `__init__`, which NEWOBJ does not call. */
function initialOf(call: Call, source: string): PickleValue | undefined {
  if (call instanceof Instance) return undefined
  const { path, args } = call
  const items = args instanceof Tuple ? args.items : []
  const [initial, ...others] = path === 'collections.defaultdict' ? items.slice(1) : items
  // A Counter counts the items of a list: pairs would become its keys.
  if (others.length > 0 || (path === 'collections.Counter' && Array.isArray(initial)))
    throw uncertain(source, args, `as the arguments of ${path}`)
  return initial
}

/** Python 2 created dictionaries for all entries of a checkpoint: one per tensor, and few others. */
const MAX_COPIED = 2_000_000

const DAMAGED = damagedAdvice('pickle')

function pairsOf(initial: PickleValue, altered: ReadonlySet<PickleValue>, source: string): Entries {
  if (altered.has(initial))
    throw uncertain(source, initial, 'that was changed after a dictionary was created from it')
  if (initial instanceof Map) return initial
  if (!Array.isArray(initial)) throw uncertain(source, initial, 'to create a dictionary from')
  const pairs = new Map<PickleValue, PickleValue>()
  for (const pair of initial) {
    const items = pair instanceof Tuple ? pair.items : pair
    if (!Array.isArray(items) || items.length !== 2 || altered.has(pair))
      throw uncertain(source, pair, 'as an entry of a dictionary')
    setEntry(pairs, items[0]!, items[1]!)
  }
  return pairs
}

function uncertain(source: string, found: PickleValue, what: string): FormatError {
  return new FormatError(
    { source },
    `expected a dict or a list of pairs, found ${describeValue(found)} ${what}.`,
    'No version of PyTorch writes this: load the checkpoint there, and save its state dict again.',
  )
}
