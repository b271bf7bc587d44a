/** From the value of a pickle to a checkpoint: the sections that hold tensors, the plain facts beside them. */
import type { Pickle } from '../../pickle/decode.ts'
import { Call, describeValue, Global, type PickleValue, Tuple } from '../../pickle/values.ts'
import type { Checkpoint, ForeignGlobal, Severity, StateDict, Tensor } from '../../tensor/tensor.ts'
import { severityOf, worse } from './dangers.ts'
import { frameworkOf } from './frameworks.ts'
import { DICTS, isFamiliar, SCRIPT_CLASS } from './globals.ts'
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

/**
 * How many dictionaries are looked at for being reached once more. `{'model': d, 'state_dict': d}` is two paths of one
 * dictionary; through memos, a kilobyte of pickle has more paths than there are atoms.
 */
const MAX_FURTHER = 1000

/**
 * Every dictionary of tensors that is reached through string keys. One that is saved under several keys is found under each of
 * them, as the same object; one that holds itself is not looked for within itself.
 */
function findSections(root: PickleValue, asTensor: AsTensor): ReadonlyMap<string, StateDict> {
  const sections = new Map<string, StateDict>()
  const known = new Map<PickleValue, Contents>()
  let further = 0
  const waiting: Inner[] = asDict(root) ? [{ key: '', value: root, within: undefined }] : []
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const before = known.get(next.value)
    if (before) further += 1 + before.inner.length
    if (before && (further > MAX_FURTHER || isWithinItself(next))) continue
    const found = before ?? splitDict(asDict(next.value)!, asTensor)
    known.set(next.value, found)
    if (found.tensors.size > 0) sections.set(pathOf(next), found.tensors)
    // The last to go in is the first to come out: sections appear in the order of the file.
    for (const [key, value] of found.inner.toReversed()) waiting.push({ key, value, within: next })
  }
  return sections
}

type AsTensor = (value: PickleValue) => Tensor | undefined

/** What waits to be looked into: a dictionary, its key, and the one that it lies in. */
interface Inner {
  readonly key: string
  readonly value: PickleValue
  readonly within: Inner | undefined
}

function isWithinItself({ value, within }: Inner): boolean {
  for (let outer = within; outer; outer = outer.within) if (outer.value === value) return true
  return false
}

function pathOf(inner: Inner): string {
  const keys: string[] = []
  for (let one: Inner | undefined = inner; one?.within; one = one.within) keys.push(one.key)
  return keys.reverse().join('.')
}

interface Contents {
  readonly tensors: StateDict
  readonly inner: readonly (readonly [key: string, value: PickleValue])[]
}

/** The tensors of a dict, and the dictionaries in it, each with its key. */
function splitDict(entries: ReadonlyMap<PickleValue, PickleValue>, asTensor: AsTensor): Contents {
  const tensors = new Map<string, Tensor>()
  const inner: [string, PickleValue][] = []
  for (const [key, value] of entries) {
    if (typeof key !== 'string') continue
    const tensor = asTensor(value)
    if (tensor) tensors.set(key, tensor)
    else if (asDict(value)) inner.push([key, value])
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

/** Plain values at the top; and those in the `meta` of files that this program wrote. That of others is long. */
function findFacts(root: PickleValue): ReadonlyMap<string, string | number | boolean> {
  const facts = new Map<string, string | number | boolean>()
  const meta = asDict(asDict(root)?.get('meta') ?? null)
  const own = meta?.has('selfsup2mmdet')
    ? [...meta].map(([key, value]) => [`meta.${key}`, value] as const)
    : []
  for (const [key, value] of [...(asDict(root) ?? []), ...own]) {
    if (typeof key !== 'string') continue
    if (typeof value === 'number' || typeof value === 'boolean') facts.set(key, value)
    if (typeof value === 'string' && value.length <= MAX_FACT_LENGTH) facts.set(key, value)
  }
  return facts
}

function findForeign({ globals, calls }: Pickle): ForeignGlobal[] {
  const found = new Map<string, { calls: number; severity: Severity }>()
  const called = calls.flatMap(({ callee }) => (callee instanceof Global ? callee : []))
  for (const one of new Set([...globals, ...called])) {
    if (isFamiliar(one.path)) continue
    const { calls, severity } = found.get(one.path) ?? { calls: 0, severity: 'harmless' }
    // Different modules and names can read the same: the worst of them counts.
    found.set(one.path, { calls, severity: worse(severity, severityOf(one.module, one.name)) })
  }
  for (const { path } of called) if (found.has(path)) found.get(path)!.calls++
  return [...found].map(([name, { calls, severity }]) => ({ name, calls, severity }))
}
