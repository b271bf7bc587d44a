/** From the value of a pickle to a checkpoint: the sections that hold tensors, the plain facts beside them. */
import type { Pickle } from '../../pickle/decode.ts'
import { Call, describeValue, type PickleValue, Tuple } from '../../pickle/values.ts'
import type { Checkpoint, StateDict, Tensor } from '../../tensor/tensor.ts'
import { findForeign } from './foreign.ts'
import { frameworkOf } from './frameworks.ts'
import { DICTS, SCRIPT_CLASS } from './globals.ts'
import { rebuildTensor } from './rebuild.ts'
import { scriptState } from './script.ts'
import type { StorageAccess } from './storage.ts'

/** @throws FormatError when a tensor in a section makes no sense */
export function describePickle(
  pickle: Pickle,
  storages: StorageAccess,
  source: string,
): Pick<Checkpoint, 'sections' | 'facts' | 'foreign' | 'holds' | 'framework'> {
  const asTensor: AsTensor = value => rebuildTensor(value, storages, source)
  return {
    sections: isScript(pickle.value)
      ? scriptSections(scriptState(pickle.value, asTensor, source))
      : findSections(pickle.value, asTensor),
    facts: findFacts(pickle.value),
    foreign: findForeign(pickle),
    holds: describeValue(pickle.value),
    framework: frameworkOf(pickle.value),
  }
}

function isScript(value: PickleValue): boolean {
  return value instanceof Call && value.path.startsWith(SCRIPT_CLASS)
}

function scriptSections(state: StateDict): ReadonlyMap<string, StateDict> {
  return new Map(state.size > 0 ? [['', state]] : [])
}

/** Every dictionary of tensors that is reached through string keys; each dictionary once, by its first path. */
function findSections(root: PickleValue, asTensor: AsTensor): ReadonlyMap<string, StateDict> {
  const sections = new Map<string, StateDict>()
  const seen = new Set<PickleValue>()
  const waiting: Inner[] = [{ path: '', value: root }]
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const entries = asDict(next.value)
    if (!entries || seen.has(next.value)) continue
    seen.add(next.value)
    const { tensors, inner } = splitDict(next.path, entries, asTensor)
    if (tensors.size > 0) sections.set(next.path, tensors)
    // The last to go in is the first to come out: sections appear in the order of the file.
    for (const one of inner.reverse()) waiting.push(one)
  }
  return sections
}

type AsTensor = (value: PickleValue) => Tensor | undefined

interface Inner {
  readonly path: string
  readonly value: PickleValue
}

/** The tensors of a dict, and what else lies in it, each under its path. */
function splitDict(path: string, entries: ReadonlyMap<PickleValue, PickleValue>, asTensor: AsTensor) {
  const tensors = new Map<string, Tensor>()
  const inner: Inner[] = []
  for (const [key, value] of entries) {
    if (typeof key !== 'string') continue
    const tensor = asTensor(value)
    if (tensor) tensors.set(key, tensor)
    else if (asDict(value)) inner.push({ path: path === '' ? key : `${path}.${key}`, value })
  }
  return { tensors, inner }
}

/**
 * The entries of a dict, or of an object that behaves as one. `OrderedDict` takes its entries as an argument (a dict, or
 * a list of pairs as Python 2 has it), or has them set one by one, or both.
 */
function asDict(value: PickleValue): ReadonlyMap<PickleValue, PickleValue> | undefined {
  if (value instanceof Map) return value
  if (!(value instanceof Call) || !DICTS.has(value.path)) return undefined
  const first =
    value.args instanceof Tuple
      ? value.args.items.find(item => item instanceof Map || Array.isArray(item))
      : undefined
  if (first === undefined) return value.entries
  const initial = first instanceof Map ? [...first] : (first as PickleValue[]).flatMap(asPair)
  return new Map([...initial, ...value.entries])
}

function asPair(value: PickleValue): [PickleValue, PickleValue][] {
  const items = value instanceof Tuple ? value.items : Array.isArray(value) ? value : []
  return items.length === 2 ? [[items[0]!, items[1]!]] : []
}

/** Longer strings are no facts but texts: a config file, a log. */
const MAX_FACT_LENGTH = 200

function findFacts(root: PickleValue): ReadonlyMap<string, string | number | boolean> {
  const facts = new Map<string, string | number | boolean>()
  for (const [key, value] of asDict(root) ?? []) {
    if (typeof key !== 'string') continue
    if (typeof value === 'number' || typeof value === 'boolean') facts.set(key, value)
    if (typeof value === 'string' && value.length <= MAX_FACT_LENGTH) facts.set(key, value)
  }
  return facts
}
