/** Checks that a state dict is a complete backbone: by names, shapes and types, before anything is written. */

import { nearest } from '../bytes/nearest.ts'
import { type Architecture, isCounter, type TensorSpec } from '../families/family.ts'
import { type DType, dtypeFacts } from '../tensor/dtype.ts'
import type { StateDict } from '../tensor/tensor.ts'

/** Plain data: the command line formats it, `--json` prints it. */
export interface Report {
  readonly architecture: string
  /** The number of required tensors, given the PyTorch version that wrote the checkpoint. */
  readonly expected: number
  /** The number of required tensors that are present with the right shape and type. */
  readonly present: number
  readonly missing: readonly Missing[]
  readonly unexpected: readonly { readonly name: string; readonly nearest?: string }[]
  readonly misshapen: readonly Difference<readonly number[]>[]
  readonly mistyped: readonly Difference<string>[]
  /** True if there are no BatchNorm counters (`num_batches_tracked`), as in checkpoints from PyTorch before 0.4.1. */
  readonly withoutCounters: boolean
  readonly complete: boolean
}

/** A missing tensor. */
export interface Missing {
  readonly name: string
  /** An unexpected name that is similar. */
  readonly nearest?: string
  /** What is there instead of a tensor, as Python prints it: `None`, `5`. */
  readonly found?: string
}

/** A tensor with a different shape or type. */
export interface Difference<T> {
  readonly name: string
  readonly expected: T
  readonly found: T
}

/**
 * Compares names, shapes and types with those of the architecture; reads no values. Reports everything, and does not throw.
 * @param allowed names that may also be there: a requested head
 * @param others values that are not tensors, by name, as Python prints them
 */
export function verifyBackbone(
  state: StateDict,
  architecture: Architecture,
  allowed: ReadonlySet<string> = new Set(),
  others: ReadonlyMap<string, string> = new Map(),
): Report {
  const all = architecture.tensors()
  const counters = all.filter(spec => spec.optional)
  const withoutCounters = counters.length > 0 && !counters.some(({ name }) => state.has(name))
  const specs = new Map(
    all.filter(spec => !(spec.optional && withoutCounters)).map(spec => [spec.name, spec]),
  )
  const missing = [...specs.keys()].filter(name => !state.has(name))
  const unexpected = [...state.keys()].filter(name => !specs.has(name) && !allowed.has(name))
  const misshapen = differences(state, specs, misshape)
  const mistyped = differences(state, specs, mistype)
  const wrong = new Set([...misshapen, ...mistyped].map(({ name }) => name))
  return {
    architecture: architecture.name,
    expected: specs.size,
    present: specs.size - missing.length - wrong.size,
    missing: missing.map(name =>
      others.has(name) ? { name, found: others.get(name)! } : withNearest(name, unexpected),
    ),
    unexpected: unexpected.map(name => withNearest(name, missing)),
    misshapen,
    mistyped,
    withoutCounters,
    complete: missing.length + unexpected.length + wrong.size === 0,
  }
}

/** People only read the first few suggestions, and finding them takes quadratic time. */
const MAX_COMPARED = 400

function withNearest(name: string, candidates: readonly string[]): { name: string; nearest?: string } {
  const found = candidates.length > MAX_COMPARED ? undefined : nearest(name, candidates)
  return found === undefined ? { name } : { name, nearest: found }
}

type Found = { readonly dtype: DType; readonly shape: readonly number[] }

function differences<T>(
  state: StateDict,
  specs: ReadonlyMap<string, TensorSpec>,
  compare: (spec: TensorSpec, found: Found) => { expected: T; found: T } | undefined,
): Difference<T>[] {
  const all: Difference<T>[] = []
  for (const [name, spec] of specs) {
    const tensor = state.get(name)
    const difference = tensor && compare(spec, tensor)
    if (difference) all.push({ name, ...difference })
  }
  return all
}

function misshape(spec: TensorSpec, { shape }: Found) {
  const equal = spec.shape.length === shape.length && spec.shape.every((size, axis) => size === shape[axis])
  return equal ? undefined : { expected: spec.shape, found: shape }
}

/** The types that PyTorch casts silently on loading, and that people train with. */
const FLOATS = 'float32, float16, bfloat16 or float64'

function mistype(spec: TensorSpec, { dtype }: Found) {
  if (spec.kind === 'int64') return dtype === 'int64' ? undefined : { expected: 'int64', found: dtype }
  const { kind, size } = dtypeFacts(dtype)
  return kind === 'float' && size >= 2 ? undefined : { expected: FLOATS, found: dtype }
}

/**
 * The architecture of a state dict, or the most similar one.
 * @returns undefined if it has almost nothing in common with any
 */
export function recogniseArchitecture(
  state: StateDict,
  architectures: readonly Architecture[],
): { readonly architecture: Architecture; readonly matches: number } | undefined {
  const required = [...state.keys()].filter(name => !isCounter(name)).length
  const distance = (architecture: Architecture) => Math.abs(architecture.count - required)
  let best: { architecture: Architecture; matches: number } | undefined
  // Tries those of the right size first: nearly always, the search ends with one of them.
  for (const architecture of [...architectures].sort((a, b) => distance(a) - distance(b))) {
    const matches = countMatches(state, architecture)
    if (matches === architecture.count) return { architecture, matches }
    if (!best || matches / architecture.count > best.matches / best.architecture.count)
      best = { architecture, matches }
  }
  return best && best.matches / best.architecture.count >= 0.2 ? best : undefined
}

function countMatches(state: StateDict, architecture: Architecture): number {
  let matches = 0
  for (const spec of architecture.tensors()) {
    const tensor = spec.optional ? undefined : state.get(spec.name)
    if (tensor && misshape(spec, tensor) === undefined) matches++
  }
  return matches
}
