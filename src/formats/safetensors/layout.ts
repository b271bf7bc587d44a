/**
 * The safetensors format, all of it:
 * ```
 * length of the header (8 bytes, little-endian)
 * header: JSON, {"<name>": {"dtype", "shape", "data_offsets": [begin, end]}, …, "__metadata__": {text: text}}
 * the tensors, contiguous and little-endian, one behind the other without holes
 * ```
 * Source: safetensors/src/tensor.rs (`SafeTensors::read_metadata`, `Metadata::validate`, `prepare`).
 */
import type { DType } from '../../tensor/dtype.ts'

export const LENGTH_SIZE = 8

/** What the official library accepts (`MAX_HEADER_SIZE`); a file of 100,000 tensors needs a tenth of it. */
export const MAX_HEADER = 100_000_000

/** Headers are filled up with blanks to a multiple of this, so that the tensors lie aligned. */
export const ALIGNMENT = 8

export const METADATA = '__metadata__'

export interface SafetensorsType {
  readonly name: string
  readonly dtype: DType
  /** Values in one element of ours: PyTorch packs two 4-bit numbers into one, and counts the pairs. */
  readonly packed?: number
}

/** The order in which the official library writes: the widest first, so that each lies aligned (`Dtype`, reversed). */
export const TYPES: readonly SafetensorsType[] = [
  { name: 'U64', dtype: 'uint64' },
  { name: 'I64', dtype: 'int64' },
  { name: 'F64', dtype: 'float64' },
  { name: 'C64', dtype: 'complex64' },
  { name: 'F32', dtype: 'float32' },
  { name: 'U32', dtype: 'uint32' },
  { name: 'I32', dtype: 'int32' },
  { name: 'BF16', dtype: 'bfloat16' },
  { name: 'F16', dtype: 'float16' },
  { name: 'U16', dtype: 'uint16' },
  { name: 'I16', dtype: 'int16' },
  { name: 'F8_E5M2FNUZ', dtype: 'float8_e5m2fnuz' },
  { name: 'F8_E4M3FNUZ', dtype: 'float8_e4m3fnuz' },
  { name: 'F8_E8M0', dtype: 'float8_e8m0fnu' },
  { name: 'F8_E4M3', dtype: 'float8_e4m3fn' },
  { name: 'F8_E5M2', dtype: 'float8_e5m2' },
  { name: 'I8', dtype: 'int8' },
  { name: 'U8', dtype: 'uint8' },
  { name: 'F4', dtype: 'float4_e2m1fn_x2', packed: 2 },
  { name: 'BOOL', dtype: 'bool' },
]
