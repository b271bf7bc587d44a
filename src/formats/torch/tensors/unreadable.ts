/** Tensors whose values cannot be read: they are listed, but not copied. */
import { UnsupportedError } from '../../../errors.ts'
import { Call, Global, Persistent, type PickleValue, Tuple } from '../../../pickle/values.ts'
import type { DType } from '../../../tensor/dtype.ts'
import { elementCount, type Tensor } from '../../../tensor/tensor.ts'
import { dtypeGlobal, REBUILDS, storageType } from '../globals.ts'
import { MAX_AXES } from '../layout.ts'

/** Takes type and shape from the arguments of the rebuilding function. */
export function unreadableTensor(
  args: readonly PickleValue[],
  what: string,
  source: string,
  dtype: DType = dtypeIn(args) ?? 'float32',
): Tensor {
  return { ...unreadable(what, source), dtype, shape: shapeIn(args) ?? [] }
}

/** How many values are visited: through the memo, short tuples can contain more values than there are atoms. */
const MAX_LOOKED_THROUGH = 1000

/** The stated dtype; otherwise that of the storage; otherwise that of the values, which come after their indices. */
function dtypeIn(args: readonly PickleValue[]): DType | undefined {
  const waiting: PickleValue[] = [new Tuple(args)]
  for (let left = MAX_LOOKED_THROUGH; left > 0 && waiting.length > 0; left--) {
    const next = waiting.pop()!
    const items = itemsOf(next)?.slice(0, MAX_LOOKED_THROUGH) ?? []
    const found = next instanceof Persistent ? storedDtype(next) : namedIn(items)
    if (found) return found
    for (const item of items) waiting.push(item)
  }
  return undefined
}

function namedIn(items: readonly PickleValue[]): DType | undefined {
  for (const item of items) {
    const named = item instanceof Global ? dtypeGlobal(item.path) : undefined
    if (named) return named
  }
  return undefined
}

/** The items of a tuple, or of a tensor's arguments. */
function itemsOf(value: PickleValue): readonly PickleValue[] | undefined {
  const isTensor = value instanceof Call && Object.hasOwn(REBUILDS, value.path)
  const tuple = isTensor ? value.args : value
  return tuple instanceof Tuple ? tuple.items : undefined
}

/** The type in `('storage', class, key, location, count)`. */
function storedDtype({ id }: Persistent): DType | undefined {
  const type = id instanceof Tuple ? id.items[1] : undefined
  const stored = type instanceof Global ? storageType(type.path) : undefined
  return stored === 'untyped' ? undefined : stored
}

/** The first size: a tuple of counts, or a `torch.Size` of one. Those of sparse tensors are among their parts. */
function shapeIn(args: readonly PickleValue[]): number[] | undefined {
  const waiting: PickleValue[] = args.slice(0, MAX_LOOKED_THROUGH).reverse()
  for (let left = MAX_LOOKED_THROUGH; left > 0 && waiting.length > 0; left--) {
    const next = waiting.pop()!
    const tuple = next instanceof Call && next.path === 'torch.Size' ? next.args : next
    if (!(tuple instanceof Tuple)) continue
    const found = asCounts(tuple)
    if (found) return found
    for (const item of tuple.items.slice(0, MAX_LOOKED_THROUGH).reverse()) waiting.push(item)
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
