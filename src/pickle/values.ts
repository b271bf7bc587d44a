/**
 * What a pickle can hold, as inert data. Nothing here is ever called: what an unpickler would call becomes a `Call`.
 *
 * | Python | here |
 * |---|---|
 * | None, bool, str | null, boolean, string |
 * | int | number, or bigint beyond ±2^53 |
 * | float | number |
 * | bytes, bytearray | Uint8Array |
 * | list, tuple, dict, set | Array, Tuple, Map, Set |
 * | a class or function | Global |
 * | anything made by calling one | Call; Instance is one |
 * | an object kept outside the pickle | Persistent |
 */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleValue[]
  | Tuple
  | Map<PickleValue, PickleValue>
  | Set<PickleValue>
  | Global
  | Call
  | Persistent

export class Tuple {
  readonly items: readonly PickleValue[]

  constructor(items: readonly PickleValue[]) {
    this.items = items
  }
}

/** A tuple with a float of integer value: `2.0`, which is 2 here, but in Python cannot be a size. */
export class FloatTuple extends Tuple {}

/** The name of a class or function. It is never looked up. */
export class Global {
  readonly module: string
  readonly name: string
  /** `module.name`, stored because it is often used. */
  readonly path: string

  constructor(module: string, name: string) {
    this.module = module
    this.name = name
    this.path = `${module}.${name}`
  }
}

/** A call that an unpickler would have made, with its arguments and all changes to the result. */
export class Call {
  readonly callee: PickleValue
  readonly args: PickleValue
  /** The argument of BUILD, which sets an object's state. */
  state: PickleValue | undefined
  /** What APPEND and ADDITEMS would have added. */
  items: readonly PickleValue[] = NO_ITEMS
  /** What SETITEM would have set. */
  entries: ReadonlyMap<PickleValue, PickleValue> = NO_ENTRIES

  constructor(callee: PickleValue, args: PickleValue) {
    this.callee = callee
    this.args = args
  }

  /** The items, for adding more. */
  ownItems(): PickleValue[] {
    if (this.items === NO_ITEMS) this.items = []
    return this.items as PickleValue[]
  }

  /** The entries, for setting more. */
  ownEntries(): Map<PickleValue, PickleValue> {
    if (this.entries === NO_ENTRIES) this.entries = new Map()
    return this.entries as Map<PickleValue, PickleValue>
  }

  /** `module.name` of the callee; '' if that is not a plain name. */
  get path(): string {
    return this.callee instanceof Global ? this.callee.path : ''
  }
}

/** An object created by NEWOBJ: calls `cls.__new__(cls, *args)`, not the class. */
export class Instance extends Call {}

// Shared, because every tensor is a call to which nothing is added, and there may be a hundred thousand.
const NO_ITEMS: readonly PickleValue[] = []
const NO_ENTRIES: ReadonlyMap<PickleValue, PickleValue> = new Map()

/** A reference to something outside the pickle: in PyTorch's files, a storage. */
export class Persistent {
  readonly id: PickleValue

  constructor(id: PickleValue) {
    this.id = id
  }
}

/** Describes a value in Python's words, for messages. */
export function describeValue(value: PickleValue | undefined): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'None'
  if (typeof value === 'object') return describeObject(value)
  if (typeof value === 'string') return value.length > 40 ? `a string of ${value.length}` : `'${value}'`
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  return String(value)
}

function describeObject(value: PickleValue & object): string {
  if (value instanceof Tuple) return `a tuple of ${value.items.length}`
  if (value instanceof Map) return `a dict of ${value.size}`
  if (value instanceof Set) return `a set of ${value.size}`
  if (value instanceof Uint8Array) return `${value.length} bytes`
  if (value instanceof Global) return value.path
  if (value instanceof Call) return `an object made by ${value.path || 'a call'}`
  if (value instanceof Persistent) return 'a persistent reference'
  return `a list of ${value.length}`
}
