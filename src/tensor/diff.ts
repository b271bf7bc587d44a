/** Compares two state dicts: names, types, shapes, bits. */
import { type Comparison, compareTensors } from './compare.ts'
import type { DType } from './dtype.ts'
import type { StateDict, Tensor } from './tensor.ts'

/** Plain data: the command line formats it, `--json` prints it. */
export interface StateDifference {
  /** The number of tensors that are identical, bit for bit. */
  readonly same: number
  readonly onlyInFirst: readonly string[]
  readonly onlyInSecond: readonly string[]
  readonly otherKind: readonly {
    readonly name: string
    readonly first: TensorKind
    readonly second: TensorKind
  }[]
  readonly otherValues: readonly OtherValues[]
  /** Tensors of the same type and shape whose values cannot be read from one of the files, and why: quantized, sparse. */
  readonly notCompared: readonly { readonly name: string; readonly because: string }[]
  readonly equal: boolean
}

/** A tensor's type and shape. */
export interface TensorKind {
  readonly dtype: DType
  readonly shape: readonly number[]
}

/** A tensor with the same type and shape in both, but different values. */
export interface OtherValues {
  readonly name: string
  readonly dtype: DType
  readonly elements: number
  /** The number of elements with different bits. */
  readonly differing: number
  /** For floating-point tensors, the largest absolute difference; null if a value is infinite or NaN. */
  readonly largest?: number | null
}

/**
 * Compares two state dicts. Reads every tensor that is in both, in constant memory.
 * @throws FormatError, UnsupportedError like `Tensor.copyTo`
 */
export async function diffStates(first: StateDict, second: StateDict): Promise<StateDifference> {
  const otherKind: StateDifference['otherKind'][number][] = []
  const otherValues: OtherValues[] = []
  const notCompared: StateDifference['notCompared'][number][] = []
  let same = 0
  const compare = comparingOnce()
  for (const [name, left] of first) {
    const right = second.get(name)
    if (!right || !sameKind(left, right)) continue
    left.announce?.()
    right.announce?.()
  }
  for (const [name, left] of first) {
    const right = second.get(name)
    if (!right) continue
    if (!sameKind(left, right)) {
      otherKind.push({ name, first: kindOf(left), second: kindOf(right) })
      continue
    }
    const because = left.unreadable ?? right.unreadable
    if (because !== undefined) {
      notCompared.push({ name, because })
      continue
    }
    const { elements, differing, largest } = await compare(left, right)
    if (differing === 0) same++
    else otherValues.push({ name, dtype: left.dtype, elements, differing, ...finite(largest) })
  }
  const onlyInFirst = [...first.keys()].filter(name => !second.has(name))
  const onlyInSecond = [...second.keys()].filter(name => !first.has(name))
  const equal = [onlyInFirst, onlyInSecond, otherKind, otherValues, notCompared].every(
    list => list.length === 0,
  )
  return { same, onlyInFirst, onlyInSecond, otherKind, otherValues, notCompared, equal }
}

/** Two tensors may share many names: the latest result is reused. */
function comparingOnce(): typeof compareTensors {
  const known = new WeakMap<Tensor, { readonly with: Tensor; readonly result: Promise<Comparison> }>()
  return (left, right) => {
    const before = known.get(left)
    const result = before?.with === right ? before.result : compareTensors(left, right)
    known.set(left, { with: right, result })
    return result
  }
}

function sameKind(a: Tensor, b: Tensor): boolean {
  return (
    a.dtype === b.dtype &&
    a.shape.length === b.shape.length &&
    a.shape.every((size, axis) => size === b.shape[axis])
  )
}

function kindOf({ dtype, shape }: Tensor): TensorKind {
  return { dtype, shape }
}

/** JSON has no infinity. */
function finite(largest: number | undefined): Pick<OtherValues, 'largest'> {
  if (largest === undefined) return {}
  return { largest: Number.isFinite(largest) ? largest : null }
}
