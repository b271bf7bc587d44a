/** Joins tensors, and zeros between them. */
import { crc32 } from '../bytes/crc32.ts'
import { SCRATCH_SIZE } from '../bytes/scratch.ts'
import { MismatchError } from '../errors.ts'
import { derivedTensor, requireWholeElements, shapeText } from './derive.ts'
import { byteLength, type Tensor } from './tensor.ts'

/** Rows known to be zero: a missing bias. Type and other axes are those of the joined tensors. */
export interface Zeros {
  /** The number of rows along axis 0. */
  readonly zeros: number
}

/**
 * Joins the parts along axis 0, like `torch.cat`, reading them while they are written.
 * @throws MismatchError when they differ in type or another axis, have no axis, or none of them is a tensor
 * @throws UnsupportedError when a byte contains several values
 */
export function joinTensors(parts: readonly (Tensor | Zeros)[]): Tensor {
  const tensors = parts.filter((part): part is Tensor => !isZeros(part))
  const first = tensors[0]
  if (!first) throw cannotJoin('expected a tensor', 'zeros alone', parts)
  requireWholeElements(first)
  for (const tensor of tensors) requireAlike(first, tensor)
  const rows = parts.reduce((sum, part) => sum + (isZeros(part) ? part.zeros : part.shape[0]!), 0)
  const shape = [rows, ...first.shape.slice(1)]
  const unreadable = tensors.find(tensor => tensor.unreadable !== undefined)
  const joined = derivedTensor(unreadable ?? first, {
    shape,
    announce() {
      for (const tensor of tensors) tensor.announce?.()
    },
    copyTo: write => (unreadable ? unreadable.copyTo(write) : copyParts(parts, first, write)),
  })
  return { ...joined, origin: tensors.map(({ origin }) => origin).join(' and ') }
}

function isZeros(part: Tensor | Zeros): part is Zeros {
  return 'zeros' in part
}

function requireAlike(first: Tensor, other: Tensor): void {
  if (other.dtype !== first.dtype)
    throw cannotJoin(
      `expected type ${first.dtype}, as ${first.origin} has`,
      `${other.dtype} in ${other.origin}`,
      [first, other],
    )
  const alike =
    other.shape.length > 0 &&
    other.shape.length === first.shape.length &&
    other.shape.every((size, axis) => axis === 0 || size === first.shape[axis])
  if (alike) return
  const expected = first.shape.length > 0 ? ['*', ...first.shape.slice(1)].join(', ') : '*'
  throw cannotJoin(`expected the shape (${expected})`, `${shapeText(other.shape)} in ${other.origin}`, [
    first,
    other,
  ])
}

function cannotJoin(expected: string, found: string, parts: readonly (Tensor | Zeros)[]): MismatchError {
  return new MismatchError(
    `Tensors cannot be joined: ${expected}, found ${found}.`,
    'They are not the parts of one tensor, or the file mixes types: convert them to one type in PyTorch.',
    parts.map(part => (isZeros(part) ? part : { dtype: part.dtype, shape: part.shape, origin: part.origin })),
  )
}

async function copyParts(
  parts: readonly (Tensor | Zeros)[],
  { dtype, shape }: Tensor,
  write: (chunk: Uint8Array) => Promise<void>,
): Promise<number> {
  let crc = 0
  const emit = (chunk: Uint8Array): Promise<void> => {
    crc = crc32(chunk, crc)
    return write(chunk)
  }
  for (const part of parts)
    if (isZeros(part)) await writeZeros(byteLength({ dtype, shape: [part.zeros, ...shape.slice(1)] }), emit)
    else await part.copyTo(emit)
  return crc
}

async function writeZeros(length: number, write: (chunk: Uint8Array) => Promise<void>): Promise<void> {
  const zeros = new Uint8Array(Math.min(length, SCRATCH_SIZE))
  for (let done = 0; done < length; done += zeros.length)
    await write(zeros.subarray(0, Math.min(zeros.length, length - done)))
}
