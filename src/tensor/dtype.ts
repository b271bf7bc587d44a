/** Element types: one table of all their names in PyTorch and safetensors. */

export interface DTypeFacts {
  /** The size of an element in bytes. */
  readonly size: number
  /** The number of bytes that a change of byte order reverses: half of a complex number, otherwise the element. */
  readonly unit: number
  readonly kind: 'float' | 'int' | 'bool' | 'complex' | 'bits' | 'quantized'
  /**
   * The storage class of this type in module `torch`. Newer types have none: they are stored in an `UntypedStorage` and
   * rebuilt by `_rebuild_tensor_v3`.
   */
  readonly storage?: string
  readonly safetensors?: string
  /** Several values per byte; shapes count bytes. */
  readonly packed?: true
}

/** A PyTorch element type, named as in PyTorch but without `torch.`. */
export type DType =
  | 'float64'
  | 'float32'
  | 'float16'
  | 'bfloat16'
  | 'int64'
  | 'int32'
  | 'int16'
  | 'int8'
  | 'uint8'
  | 'bool'
  | 'complex64'
  | 'complex128'
  | 'qint8'
  | 'quint8'
  | 'qint32'
  | 'quint4x2'
  | 'quint2x4'
  | 'uint16'
  | 'uint32'
  | 'uint64'
  | 'complex32'
  | 'float8_e4m3fn'
  | 'float8_e5m2'
  | 'float8_e4m3fnuz'
  | 'float8_e5m2fnuz'
  | 'float8_e8m0fnu'
  | 'float4_e2m1fn_x2'
  | 'bits8'
  | 'bits16'
  | 'bits1x8'
  | 'bits2x4'
  | 'bits4x2'

// Sources: torch/storage.py `_dtype_to_storage_type_map`, torch/csrc/utils/tensor_dtypes.cpp, safetensors/src/tensor.rs `Dtype`.
export const DTYPES = {
  float64: { size: 8, unit: 8, kind: 'float', storage: 'DoubleStorage', safetensors: 'F64' },
  float32: { size: 4, unit: 4, kind: 'float', storage: 'FloatStorage', safetensors: 'F32' },
  float16: { size: 2, unit: 2, kind: 'float', storage: 'HalfStorage', safetensors: 'F16' },
  bfloat16: { size: 2, unit: 2, kind: 'float', storage: 'BFloat16Storage', safetensors: 'BF16' },
  int64: { size: 8, unit: 8, kind: 'int', storage: 'LongStorage', safetensors: 'I64' },
  int32: { size: 4, unit: 4, kind: 'int', storage: 'IntStorage', safetensors: 'I32' },
  int16: { size: 2, unit: 2, kind: 'int', storage: 'ShortStorage', safetensors: 'I16' },
  int8: { size: 1, unit: 1, kind: 'int', storage: 'CharStorage', safetensors: 'I8' },
  uint8: { size: 1, unit: 1, kind: 'int', storage: 'ByteStorage', safetensors: 'U8' },
  bool: { size: 1, unit: 1, kind: 'bool', storage: 'BoolStorage', safetensors: 'BOOL' },
  complex64: { size: 8, unit: 4, kind: 'complex', storage: 'ComplexFloatStorage', safetensors: 'C64' },
  complex128: { size: 16, unit: 8, kind: 'complex', storage: 'ComplexDoubleStorage' },
  qint8: { size: 1, unit: 1, kind: 'quantized', storage: 'QInt8Storage' },
  quint8: { size: 1, unit: 1, kind: 'quantized', storage: 'QUInt8Storage' },
  qint32: { size: 4, unit: 4, kind: 'quantized', storage: 'QInt32Storage' },
  // Storages of these two count bytes, each with two or four values.
  quint4x2: { size: 1, unit: 1, kind: 'quantized', storage: 'QUInt4x2Storage', packed: true },
  quint2x4: { size: 1, unit: 1, kind: 'quantized', storage: 'QUInt2x4Storage', packed: true },
  uint16: { size: 2, unit: 2, kind: 'int', safetensors: 'U16' },
  uint32: { size: 4, unit: 4, kind: 'int', safetensors: 'U32' },
  uint64: { size: 8, unit: 8, kind: 'int', safetensors: 'U64' },
  complex32: { size: 4, unit: 2, kind: 'complex' },
  float8_e4m3fn: { size: 1, unit: 1, kind: 'float', safetensors: 'F8_E4M3' },
  float8_e5m2: { size: 1, unit: 1, kind: 'float', safetensors: 'F8_E5M2' },
  float8_e4m3fnuz: { size: 1, unit: 1, kind: 'float', safetensors: 'F8_E4M3FNUZ' },
  float8_e5m2fnuz: { size: 1, unit: 1, kind: 'float', safetensors: 'F8_E5M2FNUZ' },
  float8_e8m0fnu: { size: 1, unit: 1, kind: 'float', safetensors: 'F8_E8M0' },
  // Two values per byte; shapes count bytes.
  float4_e2m1fn_x2: { size: 1, unit: 1, kind: 'float', safetensors: 'F4', packed: true },
  bits8: { size: 1, unit: 1, kind: 'bits' },
  bits16: { size: 2, unit: 2, kind: 'bits' },
  bits1x8: { size: 1, unit: 1, kind: 'bits', packed: true },
  bits2x4: { size: 1, unit: 1, kind: 'bits', packed: true },
  bits4x2: { size: 1, unit: 1, kind: 'bits', packed: true },
} as const satisfies Record<DType, DTypeFacts>

export function isDType(name: string): name is DType {
  return Object.hasOwn(DTYPES, name)
}

/** The facts of a type, as the interface with its optional fields. */
export function dtypeFacts(dtype: DType): DTypeFacts {
  return DTYPES[dtype]
}
