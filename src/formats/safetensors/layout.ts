/**
 * The safetensors format, all of it:
 * ```
 * length of the header (8 bytes, little-endian)
 * header: JSON, {"<name>": {"dtype", "shape", "data_offsets": [begin, end]}, …, "__metadata__": {text: text}}
 * the tensors, contiguous and little-endian, one behind the other without holes
 * ```
 * Source: safetensors/src/tensor.rs (`SafeTensors::read_metadata`, `Metadata::validate`, `prepare`).
 */
import { type DType, dtypeFacts } from '../../tensor/dtype.ts'

export const LENGTH_SIZE = 8

/** The official library's limit (`MAX_HEADER_SIZE`); a file of 100,000 tensors needs a tenth of it. */
export const MAX_HEADER = 100_000_000

/** Headers are padded with spaces to a multiple of this, so that tensors are aligned. */
export const ALIGNMENT = 8

export const METADATA = '__metadata__'

export interface SafetensorsType {
  readonly name: string
  readonly dtype: DType
  /** Values per element: PyTorch packs two 4-bit numbers into one, and counts the pairs. */
  readonly packed: number
}

/** The order in which the official library writes: the widest first, so that each is aligned (`Dtype`, reversed). */
const ORDER = [
  ...['uint64', 'int64', 'float64', 'complex64', 'float32', 'uint32', 'int32'],
  ...['bfloat16', 'float16', 'uint16', 'int16'],
  ...['float8_e5m2fnuz', 'float8_e4m3fnuz', 'float8_e8m0fnu', 'float8_e4m3fn', 'float8_e5m2'],
  ...['int8', 'uint8', 'float4_e2m1fn_x2', 'bool'],
] as readonly DType[]

const PACKED: { readonly [dtype in DType]?: number } = { float4_e2m1fn_x2: 2 }

export const TYPES: readonly SafetensorsType[] = ORDER.map(dtype => ({
  name: dtypeFacts(dtype).safetensors!,
  dtype,
  packed: PACKED[dtype] ?? 1,
}))
