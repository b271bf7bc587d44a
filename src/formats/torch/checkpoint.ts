/** Turns the value of a pickle into a checkpoint: the sections with tensors, and the plain facts next to them. */
import type { Pickle } from '../../pickle/decode.ts'
import { Call, type PickleValue } from '../../pickle/values.ts'
import type { Checkpoint, StateDict, Tensor } from '../../tensor/tensor.ts'
import { asContainer } from './contents/containers.ts'
import { type AsDict, dictsOf, isDict } from './contents/dicts.ts'
import { frameworkOf } from './contents/frameworks.ts'
import { scriptState } from './contents/script.ts'
import { type FoundSections, findSections, type Reader } from './contents/sections.ts'
import { describeTop } from './contents/top-level.ts'
import { SCRIPT_CLASS } from './globals.ts'
import { requireUtf8 } from './names.ts'
import { findForeign } from './safety/globals-named.ts'
import { mayEqualText } from './safety/hashable.ts'
import { Total } from './tensors/read-budget.ts'
import { rebuildTensor } from './tensors/rebuild.ts'
import type { StorageAccess } from './tensors/storage.ts'

/** @throws FormatError when a tensor in a section is invalid */
export function describePickle(
  pickle: Pickle,
  storages: StorageAccess,
  source: string,
): Pick<Checkpoint, 'sections' | 'nonTensors' | 'objects' | 'facts' | 'foreign' | 'holds' | 'framework'> {
  const total = new Total(storages.fileSize, source)
  const reader: Reader = {
    asTensor: tensorsOf({ ...storages, altered: pickle.altered }, total, source),
    asDict: dictsOf(pickle.altered, new Set([...pickle.keys].filter(mayEqualText)), source),
    source,
    total,
  }
  return {
    ...(isScript(pickle.value)
      ? { sections: scriptSections(scriptState(pickle.value, reader.asTensor, source), source) }
      : whatIsIn(pickle.value, reader)),
    facts: findFacts(pickle.value, reader.asDict),
    foreign: findForeign(pickle, source),
    holds: describeTop(pickle.value),
    framework: frameworkOf(pickle.value),
  }
}

function isScript(value: PickleValue): boolean {
  return value instanceof Call && value.path.startsWith(SCRIPT_CLASS)
}

function whatIsIn(root: PickleValue, reader: Reader): FoundSections {
  const { sections, nonTensors, objects } = findSections(root, reader)
  return { sections, nonTensors, objects }
}

function scriptSections(state: StateDict, source: string): ReadonlyMap<string, StateDict> {
  for (const name of state.keys()) requireUtf8('the name of a tensor', name, source)
  return new Map(state.size > 0 ? [['', state]] : [])
}

/** Creates each tensor once: through the memo, two bytes are enough to refer to it again. Each use counts towards the total. */
function tensorsOf(storages: StorageAccess, total: Total, source: string): Reader['asTensor'] {
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

/** Longer strings are not facts: a config file, a log. */
const MAX_FACT_LENGTH = 200

/** Plain values at the top level, and in the `meta` of files that this program wrote. Other programs' `meta` is long. */
function findFacts(root: PickleValue, asDict: AsDict): ReadonlyMap<string, string | number | boolean> {
  const facts = new Map<string, string | number | boolean>()
  const top = asContainer(root, asDict)?.entries ?? new Map()
  const meta = asDict(top.get('meta') ?? null)
  const own = meta?.has('selfsup2mmdet')
    ? [...meta].map(([key, value]) => [`meta.${key}`, value] as const)
    : []
  for (const entries of [top, own])
    for (const [key, value] of entries) if (typeof key === 'string' && isFact(value)) facts.set(key, value)
  return facts
}

function isFact(value: PickleValue): value is string | number | boolean {
  if (typeof value === 'string') return value.length <= MAX_FACT_LENGTH
  return typeof value === 'number' || typeof value === 'boolean'
}
