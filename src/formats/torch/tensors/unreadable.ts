/** Tensors whose values cannot be had: they are told, and not copied. */
import { UnsupportedError } from '../../../errors.ts'
import { Call, Global, Persistent, type PickleValue, Tuple } from '../../../pickle/values.ts'
import type { DType } from '../../../tensor/dtype.ts'
import { elementCount, type Tensor } from '../../../tensor/tensor.ts'
import { dtypeGlobal, REBUILDS, storageType } from '../globals.ts'
import { MAX_AXES } from '../layout.ts'

/** What it is all the same is in the arguments of the function that would make it. */
export function unreadableTensor(
  args: readonly PickleValue[],
  what: string,
  source: string,
  dtype: DType = dtypeIn(args) ?? 'float32',
): Tensor {
  return { ...unreadable(what, source), dtype, shape: shapeIn(args) ?? [] }
}

/** Tensors in tensors, and tuples in tuples: no writer goes deeper. */
const MAX_DEPTH = 8

/** The dtype that is named; that of the storage; that of the values, which come behind their indices. */
function dtypeIn(args: readonly PickleValue[], depth = 0): DType | undefined {
  if (depth === MAX_DEPTH) return undefined
  for (const item of args) {
    const named = item instanceof Global ? dtypeGlobal(item.path) : undefined
    if (named) return named
  }
  for (const item of args.toReversed()) {
    const found = dtypeOf(item, depth)
    if (found) return found
  }
  return undefined
}

function dtypeOf(item: PickleValue, depth: number): DType | undefined {
  if (item instanceof Persistent) return storedDtype(item)
  if (item instanceof Tuple) return dtypeIn(item.items, depth + 1)
  const isTensor = item instanceof Call && Object.hasOwn(REBUILDS, item.path)
  return isTensor && item.args instanceof Tuple ? dtypeIn(item.args.items, depth + 1) : undefined
}

/** Of `('storage', class, key, location, count)`. */
function storedDtype({ id }: Persistent): DType | undefined {
  const type = id instanceof Tuple ? id.items[1] : undefined
  const stored = type instanceof Global ? storageType(type.path) : undefined
  return stored === 'untyped' ? undefined : stored
}

/** The first that is a size: a tuple of counts, or `torch.Size` of one. Those of sparse tensors lie among their parts. */
function shapeIn(args: readonly PickleValue[], depth = 0): number[] | undefined {
  if (depth === MAX_DEPTH) return undefined
  for (const item of args) {
    const tuple = item instanceof Call && item.path === 'torch.Size' ? item.args : item
    if (!(tuple instanceof Tuple)) continue
    const found = asCounts(tuple) ?? shapeIn(tuple.items, depth + 1)
    if (found) return found
  }
  return undefined
}

export function unreadable(what: string, origin: string): Omit<Tensor, 'dtype' | 'shape'> {
  return {
    origin,
    unreadable: what,
    async copyTo() {
      throw new UnsupportedError(
        `${origin} belongs to ${what}, whose values cannot be copied.`,
        'Convert it to a dense tensor in PyTorch and save the checkpoint again.',
      )
    },
  }
}

function asCounts({ items }: Tuple): number[] | undefined {
  const isCount = (item: PickleValue): boolean =>
    typeof item === 'number' && Number.isSafeInteger(item) && item >= 0
  if (items.length > MAX_AXES || !items.every(isCount)) return undefined
  return Number.isNaN(elementCount(items as number[])) ? undefined : (items as number[])
}
