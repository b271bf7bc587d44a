/** Calls that return a tensor that they get: what they wrap, and how they would change it. */
import { Call, Global, type PickleValue, Tuple } from '../../../pickle/values.ts'
import type { DType } from '../../../tensor/dtype.ts'
import { DICTS, dtypeGlobal, type Rebuild } from '../globals.ts'

type Wrapper = Extract<Rebuild, { kind: 'wrapper' | 'indirect' }>

export interface Wrapped {
  readonly inner: PickleValue | undefined
  /** The type that the tensor is then cast to; null if that is invalid. */
  readonly cast?: DType | null
}

const STATE = 'a tensor whose state replaces its data'

/**
 * What a call wraps, or why its values differ from it.
 * @param rebuild how to read its arguments
 */
export function unwrap(rebuild: Wrapper, call: Call, { items }: Tuple): Wrapped | string {
  const state = rebuild.stateAt === undefined ? undefined : items[rebuild.stateAt]
  if (!isHarmlessState(state)) return STATE
  if (rebuild.kind === 'indirect') return call.state === undefined ? { inner: indirect(items) } : STATE
  if (items.length === 0 && call.state !== undefined) return ofState(call.state)
  // (requires_grad, volatile, hooks), of PyTorch 0.2 and 0.3
  if (call.state !== undefined && !(call.state instanceof Tuple && call.state.items.length === 3))
    return STATE
  return rebuild.dtypeAt === undefined
    ? { inner: items[0] }
    : { inner: items[0], cast: asDtype(items[rebuild.dtypeAt]) ?? null }
}

/** Up to 0.1.12: (data, grad, hooks, requires_grad, volatile). */
function ofState(state: PickleValue): Wrapped | string {
  return state instanceof Tuple && state.items.length === 5 ? { inner: state.items[0] } : STATE
}

/** (function, type, arguments, state) → the equivalent call. */
function indirect([callee, , args]: readonly PickleValue[]): PickleValue | undefined {
  return callee instanceof Global && args instanceof Tuple ? new Call(callee, args) : undefined
}

function asDtype(value: PickleValue | undefined): DType | undefined {
  return value instanceof Global ? dtypeGlobal(value.path) : undefined
}

/** Attributes that change the tensor's values when set. Those with two underscores are Python's own. */
const VALUES = /^(data|real|imag|__.*)$/

/** A state contains the attributes to set: a dict, or (dict, slots). */
function isHarmlessState(state: PickleValue | undefined): boolean {
  if (state === undefined || state === null) return true
  if (state instanceof Tuple) return state.items.length === 2 && state.items.every(areHarmless)
  return areHarmless(state)
}

function areHarmless(attributes: PickleValue): boolean {
  if (attributes === null) return true
  const keys = attributes instanceof Call ? keysOfDict(attributes) : attributes
  return keys instanceof Map && [...keys.keys()].every(key => typeof key === 'string' && !VALUES.test(key))
}

/** The keys of an `OrderedDict()` that was filled afterwards. */
function keysOfDict(call: Call): Call['entries'] | undefined {
  const isPlain = DICTS.has(call.path) && call.args instanceof Tuple && call.args.items.length === 0
  return isPlain ? call.entries : undefined
}
