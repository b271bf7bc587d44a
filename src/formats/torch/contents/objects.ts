/** Objects of unknown classes: their contents are not read, but messages can say that they contain tensors. */
import { Call, type PickleValue, Tuple } from '../../../pickle/values.ts'
import { REBUILDS, tensorClass } from '../globals.ts'
import { isContainer } from './containers.ts'

/** Whether a call may have created an object with contents, without looking at them; not for tensors. */
export function mayHold(value: Call): boolean {
  if (isTensor(value)) return false
  const { args, state, items, entries } = value
  return (
    state !== undefined ||
    items.length + entries.size > 0 ||
    (args instanceof Tuple && args.items.some(isContainer))
  )
}

/** Checks only the name: whether the arguments are valid shows when it is rebuilt. */
export function isTensor(value: PickleValue): boolean {
  return (
    value instanceof Call && (Object.hasOwn(REBUILDS, value.path) || tensorClass(value.path) !== undefined)
  )
}

/** A network's first tensor comes earlier. */
const MAX_LOOKED_AT = 1000

/** Whether an object's first contents include tensors. */
export function holdsTensors(object: Call): boolean {
  const waiting: PickleValue[] = [object]
  const seen = new Set<PickleValue>()
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (isTensor(next)) return true
    if (typeof next !== 'object' || next === null || seen.has(next)) continue
    seen.add(next)
    if (seen.size > MAX_LOOKED_AT) return false
    for (const value of valuesIn(next)) waiting.push(value)
  }
  return false
}

function valuesIn(value: PickleValue & object): readonly PickleValue[] {
  const all = value instanceof Call ? partsOfCall(value) : value
  if (all instanceof Map) return [...all.values()].slice(0, MAX_LOOKED_AT)
  if (all instanceof Tuple) return all.items.slice(0, MAX_LOOKED_AT)
  return Array.isArray(all) ? all.slice(0, MAX_LOOKED_AT) : []
}

function partsOfCall({ args, state, items, entries }: Call): PickleValue[] {
  return [
    args,
    state ?? null,
    ...items.slice(0, MAX_LOOKED_AT),
    ...[...entries.values()].slice(0, MAX_LOOKED_AT),
  ]
}

/** `torch.nn.Module` stores its contents under these names, in every subclass (torch/nn/modules/module.py). */
export function isModule({ state }: Call): boolean {
  return state instanceof Map && state.has('_parameters') && state.has('_modules')
}

/** `module.name` of an object's class; only the name if the class was pickled with it. */
export function className({ path, callee }: Call): string {
  if (path !== '') return path
  // dill's `_create_type(type, name, …)`, cloudpickle's `_make_skeleton_class(type, name, …)`.
  const name = callee instanceof Call && callee.args instanceof Tuple ? callee.args.items[1] : undefined
  return typeof name === 'string' ? name : 'without a name'
}
