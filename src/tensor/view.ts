/** Rearranges a tensor's values to another order and shape while reading it; no value is computed. */
import { crc32 } from '../bytes/crc32.ts'
import { MismatchError } from '../errors.ts'
import { derivedTensor, requireWholeElements, shapeText } from './derive.ts'
import { dtypeFacts } from './dtype.ts'
import { copyStrided, isContiguous, type Layout } from './strides.ts'
import { contiguousStrides, elementCount, type Tensor } from './tensor.ts'
import { withTensorSource } from './tensor-source.ts'

/** A size; `'*'` is computed from the size of the axis and the other factors. */
export type Factor = number | '*'

/** PyTorch's `reshape`, `permute` and `reshape`, as data. */
export interface Reorder {
  /** The factors of every axis, the slowest first; at most one `'*'` per axis. */
  readonly split: readonly (readonly Factor[])[]
  /** The argument of `permute`: which factor, counted across all axes, becomes which axis. */
  readonly order: readonly number[]
}

/**
 * The sizes after splitting and permuting, before merging.
 * @throws MismatchError when the shape cannot be split like this
 */
export function reorderedShape(shape: readonly number[], reorder: Reorder): number[] {
  const why = whyNotReordered(shape, reorder)
  if (why !== undefined)
    throw new MismatchError(`A tensor cannot be reordered: ${why}.`, ADVICE, { shape, reorder })
  const factors = factorsOf(shape, reorder)
  return reorder.order.map(at => factors[at]!)
}

const ADVICE = 'The rule is meant for another kind of network.'

/**
 * Why a shape cannot be reordered like this to get the shape `to`.
 * @returns undefined if it can
 */
export function whyNotReordered(
  from: readonly number[],
  { split, order }: Reorder,
  to: readonly number[] = from,
): string | undefined {
  if (split.length !== from.length)
    return `expected a shape of ${split.length} sizes, found ${shapeText(from)}`
  const axis = split.findIndex((factors, at) => !splits(from[at]!, factors))
  if (axis >= 0)
    return `expected along axis ${axis} a size of ${split[axis]!.join(' × ')}, found ${from[axis]} in ${shapeText(from)}`
  const count = split.flat().length
  if (!isPermutation(order, count))
    return `expected an order of the ${count} factors, each once, found ${shapeText(order)}`
  if (elementCount(to) !== elementCount(from))
    return `expected a shape of ${elementCount(to)} values, as ${shapeText(to)} has, found ${shapeText(from)}`
  return undefined
}

function splits(size: number, factors: readonly Factor[]): boolean {
  const known = factors.filter(factor => factor !== '*')
  if (!known.every(factor => Number.isSafeInteger(factor) && factor > 0)) return false
  const product = elementCount(known)
  return factors.length === known.length
    ? product === size
    : factors.length === known.length + 1 && size % product === 0
}

function isPermutation(order: readonly number[], count: number): boolean {
  const sorted = order.toSorted((a, b) => a - b)
  return order.length === count && sorted.every((value, index) => value === index)
}

function factorsOf(shape: readonly number[], { split }: Reorder): number[] {
  return split.flatMap((factors, axis) => {
    const known = elementCount(factors.filter(factor => factor !== '*'))
    return factors.map(factor => (factor === '*' ? shape[axis]! / known : factor))
  })
}

/**
 * Splits a tensor's axes into factors, permutes these, and merges them into the shape `to` (by default its own), while reading.
 * Leading axes that stay are streamed. Otherwise 16 MiB of the result are assembled at a time, and the tensor is read once for
 * each: as many passes as `copyStrided` needs for a tensor stored with such strides, at most four for the largest kernel of a
 * ConvNeXt V2. A copy on disk would avoid them, but need space and cleaning up.
 * @throws MismatchError when the sizes do not match
 * @throws UnsupportedError when a byte contains several values
 */
export function reorderTensor(
  tensor: Tensor,
  reorder: Reorder,
  to: readonly number[] = tensor.shape,
): Tensor {
  requireWholeElements(tensor)
  const why = whyNotReordered(tensor.shape, reorder, to)
  if (why !== undefined)
    throw new MismatchError(`${tensor.origin} cannot be reordered: ${why}.`, ADVICE, {
      from: tensor.shape,
      reorder,
      to,
    })
  const layout = layoutOf(tensor, reorder)
  const isSame = isContiguous(layout) || to.includes(0) || tensor.unreadable !== undefined
  return derivedTensor(tensor, {
    shape: to,
    copyTo: write => (isSame ? tensor.copyTo(write) : copyReordered(tensor, layout, write)),
  })
}

/** The positions of the result's values in the tensor. */
function layoutOf(tensor: Tensor, reorder: Reorder): Layout {
  const factors = factorsOf(tensor.shape, reorder)
  const strides = contiguousStrides(factors)
  return {
    shape: reorder.order.map(at => factors[at]!),
    strides: reorder.order.map(at => strides[at]!),
    offset: 0,
    itemSize: dtypeFacts(tensor.dtype).size,
  }
}

async function copyReordered(
  tensor: Tensor,
  layout: Layout,
  write: (chunk: Uint8Array) => Promise<void>,
): Promise<number> {
  let crc = 0
  await withTensorSource(tensor, source =>
    copyStrided(source, layout, chunk => {
      crc = crc32(chunk, crc)
      return write(chunk)
    }),
  )
  return crc
}
