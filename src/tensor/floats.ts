/** Floating-point numbers and their bits: IEEE 754 binary16, binary32, binary64, and bfloat16. */
import { UnsupportedError } from '../errors.ts'
import type { DType } from './dtype.ts'

/** The types that weights can have. */
export type FloatDType = 'float16' | 'bfloat16' | 'float32' | 'float64'

export type Floats = Float32Array | Float64Array

/** Little-endian bytes (whole elements) → values, valid until the next call. */
export type FloatDecoder = (bytes: Uint8Array) => Floats

const DECODERS: Readonly<Record<FloatDType, () => FloatDecoder>> = {
  float64: () => bytes => new Float64Array(...words(bytes, 8)),
  float32: () => bytes => new Float32Array(...words(bytes, 4)),
  float16: () => widening('float16'),
  bfloat16: () => widening('bfloat16'),
}

export function isFloat(dtype: DType): dtype is FloatDType {
  return Object.hasOwn(DECODERS, dtype)
}

/**
 * A decoder with its own reused memory; tensors that are read in parallel need one each.
 * @throws UnsupportedError for types that are not floating-point with at least 16 bits
 */
export function floatDecoder(dtype: DType): FloatDecoder {
  requireFloat(dtype, 'the tensor')
  return DECODERS[dtype]()
}

/**
 * @param what whose type it is, for the message
 * @throws UnsupportedError for types that are not floating-point with at least 16 bits
 */
export function requireFloat(dtype: DType, what: string): asserts dtype is FloatDType {
  if (isFloat(dtype)) return
  throw new UnsupportedError(
    `${what} is of type ${dtype}; expected one of ${Object.keys(DECODERS).join(', ')}.`,
    'Only floating-point tensors can be cast, or read as floats.',
  )
}

/** Arguments for a typed array over these bytes; copies them first if they are not aligned to `size`. */
export function words(bytes: Uint8Array, size: number): [ArrayBufferLike, number, number] {
  const round = bytes.byteOffset % size === 0 ? bytes : bytes.slice()
  return [round.buffer, round.byteOffset, round.length / size]
}

/**
 * The bits of a 16-bit number → the bits of the same number in 32. Exact. A NaN keeps its sign and payload; as on processors,
 * a signalling float16 becomes quiet, while a bfloat16 is the unchanged upper half of a float32.
 */
export const WIDEN = {
  float16: (half: number): number => {
    const sign = (half & 0x8000) << 16
    const exponent = (half >> 10) & 0x1f
    const fraction = half & 0x3ff
    if (exponent === 0x1f) return sign | 0x7f800000 | (fraction && 0x400000) | (fraction << 13)
    if (exponent > 0) return sign | ((exponent + 112) << 23) | (fraction << 13)
    if (fraction === 0) return sign
    // Subnormal: shift the leading one to binary32's implicit position.
    const shift = Math.clz32(fraction) - 21
    return sign | ((113 - shift) << 23) | ((fraction << (shift + 13)) & 0x7fffff)
  },
  bfloat16: (half: number): number => half << 16,
} as const

const tables = new Map<keyof typeof WIDEN, Int32Array>()

/** All 65536 results: looking up is faster than computing. */
export function widenTable(dtype: keyof typeof WIDEN): Int32Array {
  const table = tables.get(dtype) ?? Int32Array.from({ length: 0x10000 }, (_, half) => WIDEN[dtype](half))
  tables.set(dtype, table)
  return table
}

/** Via bits, never via JavaScript's numbers, which may change those of a NaN. */
function widening(dtype: keyof typeof WIDEN): FloatDecoder {
  const table = widenTable(dtype)
  let bits = new Int32Array(0)
  return bytes => {
    const halves = new Uint16Array(...words(bytes, 2))
    if (halves.length > bits.length) bits = new Int32Array(halves.length)
    for (let i = 0; i < halves.length; i++) bits[i] = table[halves[i]!]!
    return new Float32Array(bits.buffer, 0, halves.length)
  }
}
