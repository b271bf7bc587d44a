/** Tensors whose values cannot be had: they are told, and not copied. */
import { UnsupportedError } from '../../../errors.ts'
import { Call, type PickleValue, Tuple } from '../../../pickle/values.ts'
import type { DType } from '../../../tensor/dtype.ts'
import { elementCount, type Tensor } from '../../../tensor/tensor.ts'
import { MAX_AXES } from '../layout.ts'

export function unreadableTensor(
  args: readonly PickleValue[],
  what: string,
  source: string,
  dtype: DType = 'float32',
): Tensor {
  const shape = args.find(
    item => item instanceof Tuple || (item instanceof Call && item.path === 'torch.Size'),
  )
  return { ...unreadable(what, source), dtype, shape: shape === undefined ? [] : tryCounts(shape) }
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

function tryCounts(value: PickleValue): number[] {
  const items = value instanceof Tuple ? value.items : []
  const isCount = (item: PickleValue): boolean =>
    typeof item === 'number' && Number.isSafeInteger(item) && item >= 0
  const counts = items.length <= MAX_AXES && items.every(isCount) ? (items as number[]) : []
  return Number.isNaN(elementCount(counts)) ? [] : counts
}
