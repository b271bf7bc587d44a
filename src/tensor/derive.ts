/** Tensors derived from the bytes of others: cast, reordered, joined, split. */
import { UnsupportedError } from '../errors.ts'
import { dtypeFacts } from './dtype.ts'
import type { Tensor } from './tensor.ts'

/** The properties of a derived tensor; the others are those of the original. */
export type Derived = Pick<Tensor, 'copyTo'> & Partial<Pick<Tensor, 'dtype' | 'shape' | 'announce'>>

/** Not by spreading: a tensor may be an instance of a class with getters. */
export function derivedTensor(tensor: Tensor, derived: Derived): Tensor {
  return {
    dtype: tensor.dtype,
    shape: tensor.shape,
    origin: tensor.origin,
    ...(tensor.unreadable === undefined ? {} : { unreadable: tensor.unreadable }),
    announce: () => tensor.announce?.(),
    ...derived,
  }
}

/** @throws UnsupportedError when a byte contains several values, which could not be moved separately */
export function requireWholeElements({ dtype, origin }: Tensor): void {
  if (!dtypeFacts(dtype).packed) return
  throw new UnsupportedError(
    `${origin} is of type ${dtype}, which has several values in each byte; its values cannot be reordered, joined or split.`,
    'Convert it to a type of whole bytes in PyTorch and save the checkpoint again.',
  )
}

/** `(96, 384)`, for messages. */
export function shapeText(shape: readonly number[]): string {
  return `(${shape.join(', ')})`
}
