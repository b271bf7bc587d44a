/** Names in a pickle that do not belong to tensors or plain containers, and what they could do. */
import { UnsupportedError } from '../../../errors.ts'
import type { Pickle } from '../../../pickle/decode.ts'
import { Call, Global, type PickleValue, Tuple } from '../../../pickle/values.ts'
import type { ForeignGlobal, Severity } from '../../../tensor/tensor.ts'
import { isDict } from '../contents/dicts.ts'
import { DICTS, isFamiliar, REBUILDS } from '../globals.ts'
import { isMethodOfTorch, severityOf, worse } from './dangers.ts'

const GETATTR: ReadonlySet<string> = new Set(['builtins.getattr', '__builtin__.getattr'])

/** Listed for people to judge; training code has some hundred. */
const MAX_FOREIGN = 10_000

/**
 * In the order of the file.
 * @param source the name of the pickle, for messages
 * @throws UnsupportedError when there are too many to judge
 */
export function findForeign(pickle: Pickle, source: string): ForeignGlobal[] {
  const folded = foldAttributes(pickle)
  const found = new Map<string, { calls: number; severity: Severity }>()
  const add = (path: string, calls: number, severity: Severity): void => {
    if (path === '' || isFamiliar(path)) return
    const before = found.get(path)
    // Different modules and names can read the same: use the worst.
    found.set(path, { calls: calls + (before?.calls ?? 0), severity: worse(before?.severity, severity) })
    if (found.size > MAX_FOREIGN)
      throw new UnsupportedError(
        `${source}: the pickle names more than ${MAX_FOREIGN} classes and functions.`,
        'Save only model.state_dict(), which names ten: torch.save(model.state_dict(), ...).',
      )
  }
  const judge = judgedOnce(severityOfName)
  for (const one of pickle.globals)
    if (folded.size === 0 || !GETATTR.has(one.path)) add(one.path, 0, judge(one))
  // Thousands of calls share a handful of names.
  const called = new Map<Global, number>()
  for (const call of pickle.calls) {
    const name = folded.get(call) ?? calledName(call, folded)
    if (name) called.set(name, (called.get(name) ?? 0) + (folded.has(call) ? 0 : 1))
  }
  for (const [name, calls] of called) add(name.path, calls, judge(name))
  for (const handed of handedOver(pickle, folded)) add(handed.path, 1, judge(handed))
  return [...found].map(([name, { calls, severity }]) => ({ name, calls, severity }))
}

/** A checkpoint uses the same few names again for each tensor. */
function judgedOnce(judge: (name: Global) => Severity): (name: Global) => Severity {
  const known = new Map<string, Severity>()
  return name => {
    const key = `${name instanceof Spelled} ${name.module}\n${name.name}`
    const severity = known.get(key) ?? judge(name)
    known.set(key, severity)
    return severity
  }
}

/** Calls that only store their arguments, or make a tensor of them; all others may call their arguments. */
function onlyHolds({ path }: Call): boolean {
  return (
    DICTS.has(path) ||
    HOLDS.test(path) ||
    (Object.hasOwn(REBUILDS, path) && REBUILDS[path]!.kind !== 'indirect')
  )
}

const HOLDS = /^(builtins|__builtin__)\.(set|frozenset|list|tuple)$|^collections\.deque$/

/**
 * Classes and functions that are called, though not by an opcode: arguments that a call may call in turn
 * (`copyreg._reconstructor(cls, …)` creates an object of the class, `_rebuild_from_type_v2(function, …)` calls the function),
 * and attributes of an object where Python looks for a method. When an object is called (`x(…)`) or added to (through its own
 * `append`), the callee may be any name in the pickle.
 */
function handedOver({ calls, globals }: Pickle, folded: ReadonlyMap<Call, Spelled>): Iterable<Global> {
  const isAnyCallable = ({ callee }: Call): boolean =>
    !(callee instanceof Global) && !(callee instanceof Call && folded.has(callee))
  const isAddedTo = (call: Call): boolean => call.items.length > 0 && !HOLDS.test(call.path)
  if (calls.some(call => isAnyCallable(call) || isAddedTo(call))) return globals
  return globalsWithin(calls.flatMap(call => (folded.has(call) ? [] : givenAway(call))))
}

/** What the class or function of a call, or the created object, may call. */
function givenAway(call: Call): readonly PickleValue[] {
  // Some classes store their entries as attributes.
  const setState = isDict(call) ? undefined : call.entries.get('__setstate__')
  if (setState !== undefined) return [call.args, setState]
  if (!onlyHolds(call)) return [call.args]
  const items = call.args instanceof Tuple ? call.args.items : NOTHING
  return items.some(isObject) ? items.filter(isObject) : NOTHING
}

const NOTHING: readonly PickleValue[] = []

/** Whether a value has attributes: `dict(x)` calls `x.keys()`. */
function isObject(value: PickleValue): boolean {
  return value instanceof Call && (value.state !== undefined || !isFamiliar(value.path))
}

/** Every class and function reachable from some values, through any containers. */
function globalsWithin(values: readonly PickleValue[]): Global[] {
  const seen = new Set<PickleValue>()
  const found: Global[] = []
  const waiting = [...values]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (typeof next !== 'object' || next === null || seen.has(next)) continue
    seen.add(next)
    if (next instanceof Global) found.push(next)
    else for (const part of partsOf(next)) waiting.push(part)
  }
  return found
}

/** A method of PyTorch's own is only a name, if spelled with `getattr`. */
function severityOfName(name: Global): Severity {
  const severity = severityOf(name.module, name.name)
  const isMethod = name instanceof Spelled && isMethodOfTorch(name.module, name.name)
  return isMethod && severity !== 'harmless' ? 'unknown' : severity
}

function calledName({ callee }: Call, folded: ReadonlyMap<Call, Spelled>): Global | undefined {
  if (callee instanceof Call) return folded.get(callee)
  return callee instanceof Global ? callee : undefined
}

/** A name spelled with calls of `getattr`. */
class Spelled extends Global {}

/**
 * Below protocol 4, a name with a dot (a method or a class in a class: `OneCycleLR._annealing_cos`) is written as
 * `getattr(OneCycleLR, '_annealing_cos')`. Such a call is as dangerous as the name.
 * @returns the name that each call spells; none if `getattr` is used in any other way, which may lead anywhere
 */
function foldAttributes({ globals, calls, value }: Pickle): ReadonlyMap<Call, Spelled> {
  const folded = new Map<Call, Spelled>()
  if (!globals.some(({ path }) => GETATTR.has(path))) return folded
  // Nested calls: the inner one comes first.
  for (const call of calls) {
    if (!GETATTR.has(call.path)) continue
    const name = attributeName(call, folded)
    if (name === undefined) return new Map()
    folded.set(call, name)
  }
  return isHandedOn(value, calls) ? new Map() : folded
}

/** Undefined if it may be more than a name: an attribute of something dangerous, of an object, `__globals__`. */
function attributeName(call: Call, folded: ReadonlyMap<Call, Spelled>): Spelled | undefined {
  const { args, state, items, entries } = call
  if (state !== undefined || items.length + entries.size > 0) return undefined
  const [owner, attribute, ...others] = args instanceof Tuple ? args.items : []
  const of = owner instanceof Call ? folded.get(owner) : owner instanceof Global ? owner : undefined
  if (of === undefined || typeof attribute !== 'string' || others.length > 0) return undefined
  const isHarmful = ['dangerous', 'suspicious'].includes(severityOfName(of)) || attribute.startsWith('__')
  return isHarmful ? undefined : new Spelled(of.module, `${of.name}.${attribute}`)
}

/** Whether `getattr` itself is part of the value, or an argument of something that may call it. */
function isHandedOn(value: PickleValue, calls: readonly Call[]): boolean {
  const seen = new Set<PickleValue>()
  const waiting: PickleValue[] = [value]
  for (const call of calls) {
    waiting.push(...partsOf(call))
    if (!GETATTR.has(call.path)) waiting.push(call.callee)
  }
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next instanceof Global && GETATTR.has(next.path)) return true
    if (typeof next !== 'object' || next === null || seen.has(next)) continue
    seen.add(next)
    // All calls are in the list from the start, so their parts are visited anyway.
    if (!(next instanceof Call)) for (const part of partsOf(next)) waiting.push(part)
  }
  return false
}

function partsOf(value: PickleValue & object): Iterable<PickleValue> {
  if (value instanceof Call)
    return [value.args, value.state ?? null, [...value.items], new Map(value.entries)]
  if (value instanceof Map) return [...value.keys(), ...value.values()]
  if (value instanceof Tuple) return value.items
  return Array.isArray(value) || value instanceof Set ? value : []
}
