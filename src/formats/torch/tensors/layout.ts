/** The position of a tensor in its storage, and a bounds check. */
import { damagedAdvice, FormatError } from '../../../errors.ts'
import { type DType, dtypeFacts } from '../../../tensor/dtype.ts'
import { extent, type Layout } from '../../../tensor/strides.ts'
import { elementCount } from '../../../tensor/tensor.ts'
import { itemSize, malformed, type StorageReference } from './storage.ts'

/**
 * @param layout in elements, within the storage's view
 * @returns the layout within the storage
 * @throws FormatError when it exceeds the storage
 */
export function checkLayout(
  { shape, strides, offset }: Omit<Layout, 'itemSize'>,
  dtype: DType,
  storage: StorageReference,
  source: string,
): Layout {
  const size = dtypeFacts(dtype).size
  const unit = itemSize(storage.type)
  if (shape.length !== strides.length)
    throw malformed(source, `as many strides as sizes (${shape.length})`, `${strides.length} strides`)
  const needed = elementCount(shape) === 0 ? 0 : (offset + extent({ shape, strides })) * size
  const available = storage.viewCount * unit
  if (!(needed <= available) || Number.isNaN(elementCount(shape)))
    throw new FormatError(
      { source },
      `a tensor of shape (${shape.join(', ')}), stride (${strides.join(', ')}) and offset ${offset} needs ${needed} bytes ` +
        `of storage '${storage.key}', which has ${available}.`,
      damagedAdvice('checkpoint'),
    )
  return { shape, strides, offset: offset + (storage.viewOffset * unit) / size, itemSize: size }
}
