/** The parts of a checkpoint in bytes: what is kept, and why the rest is dropped. */
import type { Decision } from '../../convert/decide.ts'
import type { Fate } from '../../convert/fate.ts'
import { byteLength, type Checkpoint, type StateDict } from '../../tensor/tensor.ts'

/** One part of a checkpoint: what is kept, what one reason drops, or another section. */
export interface Part {
  /** `outside`: bytes outside every state dict, usually the optimizer's. */
  readonly kind: 'kept' | 'dropped' | 'section' | 'outside'
  /** For messages; may contain names from the file. */
  readonly label: string
  /** The number of tensors; undefined if it is unknown. */
  readonly tensors?: number
  readonly bytes: number
}

/** More parts than people can distinguish: the smallest are merged. */
const MOST = 8

/** Pickles, zip records and padding: a file with less than this outside its tensors contains nothing else. */
const FRAME = { share: 0.005, bytes: 100_000 } as const

/**
 * The parts of a checkpoint by their size in the file: the kept one first, the others by size.
 * @param decision without it, nothing is kept and every section is one part
 */
export function partsOf(
  checkpoint: Pick<Checkpoint, 'sections' | 'size'>,
  decision?: Pick<Decision, 'match' | 'plan' | 'architecture'>,
): Part[] {
  const converted = decision?.match.section
  const inSection = decision ? partsOfSection(decision) : []
  const others = [...checkpoint.sections]
    .filter(([path]) => path !== converted)
    .map(([path, state]) => sectionPart(path, state))
  const [kept, rest] = [inSection.slice(0, 1), [...inSection.slice(1), ...others]]
  const ordered = [...kept, ...rest.toSorted((a, b) => b.bytes - a.bytes)].filter(({ bytes }) => bytes > 0)
  return [...joinSmallest(ordered), ...outside(checkpoint, ordered)]
}

/** The kept part first, then one part for each reason. */
function partsOfSection({
  match: { network },
  plan,
  architecture,
}: Pick<Decision, 'match' | 'plan' | 'architecture'>): Part[] {
  const reasons = new Map<string, Fate[]>()
  const kept: Fate[] = []
  for (const fate of plan.fates) {
    if ('as' in fate) kept.push(fate)
    else reasons.set(fate.because, [...(reasons.get(fate.because) ?? []), fate])
  }
  const name = `kept: ${architecture.title}${network ? `, network ${network.name}` : ''}`
  return [
    { kind: 'kept', label: name, ...sum(kept.map(({ tensor }) => tensor)) },
    ...[...reasons].map(
      ([label, fates]): Part => ({ kind: 'dropped', label, ...sum(fates.map(({ tensor }) => tensor)) }),
    ),
  ]
}

function sectionPart(path: string, state: StateDict): Part {
  const label = path === '' ? 'tensors at the top level' : `section ${path}`
  return { kind: 'section', label, ...sum([...state.values()]) }
}

/** A file may be smaller than its tensors, if they share bytes or are compressed. */
function outside({ size }: Pick<Checkpoint, 'size'>, parts: readonly Part[]): Part[] {
  const bytes = size - parts.reduce((total, part) => total + part.bytes, 0)
  if (bytes < Math.max(FRAME.share * size, FRAME.bytes)) return []
  return [{ kind: 'outside', label: 'outside every state dict: optimizer and the like', bytes }]
}

function joinSmallest(parts: readonly Part[]): Part[] {
  if (parts.length <= MOST) return [...parts]
  const [first, last] = [parts.slice(0, MOST - 1), parts.slice(MOST - 1)]
  const tensors = last.reduce((total, part) => total + (part.tensors ?? 0), 0)
  const bytes = last.reduce((total, part) => total + part.bytes, 0)
  return [...first, { kind: 'dropped', label: `${last.length} smaller parts`, tensors, bytes }]
}

function sum(tensors: readonly Parameters<typeof byteLength>[0][]): { tensors: number; bytes: number } {
  const bytes = tensors.reduce((total, tensor) => total + byteLength(tensor), 0)
  return { tensors: tensors.length, bytes }
}
