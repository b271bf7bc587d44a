/** From the value of a pickle to a checkpoint: the sections that hold tensors, the plain facts beside them. */
import { FormatError } from '../../errors.ts'
import type { Pickle } from '../../pickle/decode.ts'
import { Call, describeValue, type PickleValue } from '../../pickle/values.ts'
import type { Checkpoint, StateDict, Tensor } from '../../tensor/tensor.ts'
import { type AsDict, dictsOf, isDict } from './dicts.ts'
import { findForeign } from './foreign.ts'
import { frameworkOf } from './frameworks.ts'
import { SCRIPT_CLASS } from './globals.ts'
import { rebuildTensor } from './rebuild.ts'
import { scriptState } from './script.ts'
import type { StorageAccess } from './storage.ts'
import { Total } from './total.ts'

/** @throws FormatError when a tensor in a section makes no sense */
export function describePickle(
  pickle: Pickle,
  storages: StorageAccess,
  source: string,
): Pick<Checkpoint, 'sections' | 'facts' | 'foreign' | 'holds' | 'framework'> {
  const total = new Total(storages.fileSize, source)
  const reader: Reader = {
    asTensor: tensorsOf(storages, total, source),
    asDict: dictsOf(pickle.altered, source),
    source,
    total,
  }
  return {
    sections: isScript(pickle.value)
      ? scriptSections(scriptState(pickle.value, reader.asTensor, source))
      : findSections(pickle.value, reader),
    facts: findFacts(pickle.value, reader.asDict),
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
function findSections(root: PickleValue, reader: Reader): ReadonlyMap<string, StateDict> {
  const sections = new Map<string, StateDict>()
  const known = new Map<ReadonlyMap<PickleValue, PickleValue>, Contents>()
  let further = 0
  const waiting: Inner[] = isDict(root) ? [{ key: '', value: root, within: undefined }] : []
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const entries = reader.asDict(next.value)!
    const before = known.get(entries)
    if (before) further += 1 + before.inner.length
    if (before && (further > MAX_FURTHER || isWithinItself(next) || !reader.total.take(before.cost))) continue
    const found = before ?? splitDict(entries, reader)
    known.set(entries, found)
    if (found.tensors.size > 0) sections.set(pathOf(next, reader.source), found.tensors)
    // The last to go in is the first to come out: sections appear in the order of the file.
    for (const [key, value] of found.inner.toReversed()) waiting.push({ key, value, within: next })
  }
  return sections
}

type AsTensor = (value: PickleValue) => Tensor | undefined

/** What values of this pickle stand for. */
interface Reader {
  readonly asTensor: AsTensor
  readonly asDict: AsDict
  readonly source: string
  readonly total: Total
}

/** Each is made once: through memos, two bytes are enough to name one again. It counts each time. */
function tensorsOf(storages: StorageAccess, total: Total, source: string): AsTensor {
  const known = new Map<PickleValue, Tensor | undefined>()
  function made(value: PickleValue): Tensor | undefined {
    if (!(value instanceof Call) || isDict(value)) return rebuildTensor(value, storages, source)
    if (!known.has(value)) known.set(value, rebuildTensor(value, storages, source))
    return known.get(value)
  }
  return value => {
    const tensor = made(value)
    return tensor && total.tensor(tensor)
  }
}

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

/** Of a path, and of a tensor's name. A kilobyte of pickle can hold a path of gigabytes. */
const MAX_NAME_LENGTH = 1000

function pathOf(inner: Inner, source: string): string {
  const keys: string[] = []
  let length = 0
  for (let one: Inner | undefined = inner; one?.within; one = one.within) {
    length += one.key.length + 1
    if (length > MAX_NAME_LENGTH + 1) throw tooLong(source, 'the path to a dictionary of tensors')
    keys.push(one.key)
  }
  return keys.reverse().join('.')
}

function requireName(name: string, source: string): void {
  if (name.length > MAX_NAME_LENGTH) throw tooLong(source, 'the name of a tensor')
  if (/\p{Surrogate}/u.test(name))
    throw new FormatError(
      { source },
      `the name of a tensor is no UTF-8: ${JSON.stringify(name)}.`,
      'No file can be written with it: load the checkpoint in PyTorch, and save it with other names.',
    )
}

function tooLong(source: string, what: string): FormatError {
  return new FormatError(
    { source },
    `${what} has more than ${MAX_NAME_LENGTH} characters.`,
    'The pickle is damaged or was tampered with: download the file again.',
  )
}

interface Contents {
  readonly tensors: StateDict
  readonly inner: readonly (readonly [key: string, value: PickleValue])[]
  /** Bytes that reading all tensors takes. */
  readonly cost: number
}

/** The tensors of a dict, and the dictionaries in it, each with its key. */
function splitDict(
  entries: ReadonlyMap<PickleValue, PickleValue>,
  { asTensor, source, total }: Reader,
): Contents {
  const { left } = total
  const tensors = new Map<string, Tensor>()
  const inner: [string, PickleValue][] = []
  for (const [key, value] of entries) {
    if (typeof key !== 'string') continue
    const tensor = asTensor(value)
    if (tensor) requireName(key, source)
    if (tensor) tensors.set(key, tensor)
    else if (isDict(value)) inner.push([key, value])
  }
  return { tensors, inner, cost: left - total.left }
}

/** Longer strings are no facts but texts: a config file, a log. */
const MAX_FACT_LENGTH = 200

/** Plain values at the top; and those in the `meta` of files that this program wrote. That of others is long. */
function findFacts(root: PickleValue, asDict: AsDict): ReadonlyMap<string, string | number | boolean> {
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
