/** Tensors derived from the bytes of others: cast, reordered, joined, split. */
import { UnsupportedError } from '../errors.ts'
import { dtypeFacts } from './dtype.ts'
import type { Tensor } from './tensor.ts'

/** What a derived tensor has of its own; the rest is as in the tensor that it is made of. */
export type Derived = Pick<Tensor, 'copyTo'> & Partial<Pick<Tensor, 'dtype' | 'shape' | 'announce'>>

/** Not by spreading: what a file format hands out may be an object of a class, with getters. */
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

/** @throws UnsupportedError when several values lie in one byte: moving bytes would move them together */
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
