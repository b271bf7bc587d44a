/** Values that can contain a state dict: dictionaries, lists and tuples, and objects that only store attributes. */
import { Call, type PickleValue, Tuple } from '../../../pickle/values.ts'
import { type AsDict, isDict } from './dicts.ts'

type Entries = ReadonlyMap<PickleValue, PickleValue>

/** A value that contains others: entries, items or attributes. */
export interface Container {
  /** Identifies it: dictionaries created from the same one are searched once. */
  readonly identity: object
  readonly entries: Entries
  readonly items: readonly PickleValue[]
  readonly attributes: Entries
}

/** A value in a container, and its key. */
export interface Part {
  /** `key`: a string key of a dictionary, where checkpoints usually have their state dicts. */
  readonly kind: 'key' | 'number' | 'attribute'
  readonly name: string
  readonly value: PickleValue
}

/** A step in a path: `model`; `0` for a number; `@model` for an attribute, which `['model']` would not find. */
export function pathStep({ kind, name }: Pick<Part, 'kind' | 'name'>): string {
  return kind === 'attribute' ? `@${name}` : name
}

/** The same in Python, to append to the container: `["model"]`, `[0]`, `.model`. */
export function pythonStep({ kind, name }: Pick<Part, 'kind' | 'name'>): string {
  if (kind === 'attribute') return `.${name}`
  // A JSON string is also a Python string.
  return `[${kind === 'number' ? name : JSON.stringify(name)}]`
}

/**
 * Classes that only store what is put into them: PyTorch would find exactly what the pickle sets. Any other class may change
 * it. Those that are also dictionaries have entries and attributes. Sources: Lib/argparse.py, Lib/types.py;
 * easydict/__init__.py, addict/addict.py, munch/__init__.py, yacs/config.py; lightning/fabric/utilities/data.py and
 * pytorch_lightning/utilities/parsing.py `AttributeDict`; omegaconf/base.py, nodes.py.
 */
const HOLDERS: ReadonlySet<string> = new Set([
  'argparse.Namespace',
  'types.SimpleNamespace',
  'collections.deque',
  'easydict.EasyDict',
  'addict.addict.Dict',
  'munch.Munch',
  'yacs.config.CfgNode',
  'pytorch_lightning.utilities.parsing.AttributeDict',
  'lightning_fabric.utilities.data.AttributeDict',
  'lightning.fabric.utilities.data.AttributeDict',
  'omegaconf.dictconfig.DictConfig',
  'omegaconf.listconfig.ListConfig',
  'omegaconf.nodes.AnyNode',
])

/** Whether a value may contain named values; does not look inside. */
export function isContainer(value: PickleValue): boolean {
  return (
    isDict(value) ||
    Array.isArray(value) ||
    value instanceof Tuple ||
    (value instanceof Call && HOLDERS.has(value.path))
  )
}

const NOTHING: Entries = new Map()
const NO_ITEMS: readonly PickleValue[] = []

/**
 * @returns undefined for other values
 * @throws FormatError when it is uncertain what PyTorch would find in a dictionary
 */
export function asContainer(value: PickleValue, asDict: AsDict): Container | undefined {
  const entries = asDict(value)
  if (entries) return { identity: entries, entries, items: NO_ITEMS, attributes: NOTHING }
  const items = value instanceof Tuple ? value.items : value
  if (Array.isArray(items)) return { identity: value as object, entries: NOTHING, items, attributes: NOTHING }
  if (!(value instanceof Call) || !HOLDERS.has(value.path)) return undefined
  return {
    identity: value,
    entries: value.entries,
    items: value.items,
    attributes: attributesOf(value, asDict),
  }
}

/** A state is a dict of attributes, or a pair of that and a dict of slots. `addict` uses the object itself. */
function attributesOf({ state }: Call, asDict: AsDict): Entries {
  if (state === undefined) return NOTHING
  const halves = state instanceof Tuple && state.items.length === 2 ? state.items : [state]
  const found = halves.flatMap(half => asDict(half) ?? [])
  return found.length === 1 ? found[0]! : new Map(found.flatMap(half => [...half]))
}

/** Lists of state dicts are short; lists of numbers, one per training step, are long. */
const MAX_ITEMS = 1000

/**
 * The wanted values in a container, in order.
 * @param isWanted called for every value: most are tensors and numbers
 */
export function* partsOf(
  { entries, items, attributes }: Container,
  isWanted: (value: PickleValue) => boolean,
): Generator<Part> {
  yield* wantedEntries(entries, isWanted)
  for (const [index, value] of items.slice(0, MAX_ITEMS).entries())
    if (isWanted(value)) yield { kind: 'number', name: String(index), value }
  // An attribute that repeats an entry is not another place.
  for (const [key, value] of attributes)
    if (typeof key === 'string' && entries.get(key) !== value && isWanted(value))
      yield { kind: 'attribute', name: key, value }
}

function* wantedEntries(entries: Entries, isWanted: (value: PickleValue) => boolean): Generator<Part> {
  let numbers = 0
  for (const [key, value] of entries) {
    if (typeof key !== 'string' && !(isNumber(key) && numbers++ < MAX_ITEMS)) continue
    if (isWanted(value)) yield { kind: typeof key === 'string' ? 'key' : 'number', name: String(key), value }
  }
}

function isNumber(key: PickleValue): key is number | bigint {
  return typeof key === 'number' || typeof key === 'bigint'
}
