/** Splits a tensor into several. */
import { crc32 } from '../bytes/crc32.ts'
import { MismatchError } from '../errors.ts'
import { derivedTensor, requireWholeElements, shapeText } from './derive.ts'
import { byteLength, type Tensor } from './tensor.ts'

/**
 * Equal parts along axis 0, in order, like `torch.chunk` for divisible sizes. A part is read without the others if the file
 * can detect damage in it; otherwise each part reads the whole tensor.
 * @throws MismatchError when it cannot be split into this many
 * @throws UnsupportedError when a byte contains several values
 */
export function splitTensor(tensor: Tensor, count: number): Tensor[] {
  requireWholeElements(tensor)
  const [rows] = tensor.shape
  if (rows === undefined || !(Number.isSafeInteger(count) && count > 0) || rows % count !== 0)
    throw new MismatchError(
      `${tensor.origin} cannot be split: expected along axis 0 a multiple of ${count}, found the shape ${shapeText(tensor.shape)}.`,
      'The rule is meant for another kind of network.',
      { shape: tensor.shape, count },
    )
  const each = rows / count
  return Array.from(
    { length: count },
    (_, index) => tensor.rows?.(index * each, (index + 1) * each) ?? rowsOf(tensor, index * each, each),
  )
}

function rowsOf(tensor: Tensor, from: number, rows: number): Tensor {
  const shape = [rows, ...tensor.shape.slice(1)]
  const length = byteLength({ dtype: tensor.dtype, shape })
  const start = rows === 0 ? 0 : (length / rows) * from
  return derivedTensor(tensor, { shape, copyTo: write => copyBytes(tensor, start, length, write) })
}

/** Reads the whole tensor, because damage is only detected at the end. */
async function copyBytes(
  tensor: Tensor,
  start: number,
  length: number,
  write: (chunk: Uint8Array) => Promise<void>,
): Promise<number> {
  let crc = 0
  let position = 0
  await tensor.copyTo(async chunk => {
    const part = chunk.subarray(Math.max(0, start - position), Math.max(0, start + length - position))
    position += chunk.length
    if (part.length === 0) return
    crc = crc32(part, crc)
    await write(part)
  })
  return crc
}
