/** Floating-point numbers and their bits: IEEE 754 binary16, binary32, binary64, and bfloat16. */
import { UnsupportedError } from '../errors.ts'
import type { DType } from './dtype.ts'

/** The types that weights come in. */
export type FloatDType = 'float16' | 'bfloat16' | 'float32' | 'float64'

export type Floats = Float32Array | Float64Array

/** Little-endian bytes, a whole number of elements → values, valid until the next call. */
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
 * A decoder with memory of its own, which it uses again and again: one for each tensor that is read at the same time.
 * @throws UnsupportedError for types that are not floating-point numbers of 16 bits and more
 */
export function floatDecoder(dtype: DType): FloatDecoder {
  requireFloat(dtype, 'the tensor')
  return DECODERS[dtype]()
}

/**
 * @param what for the message: whose type it is
 * @throws UnsupportedError for types that are not floating-point numbers of 16 bits and more
 */
export function requireFloat(dtype: DType, what: string): asserts dtype is FloatDType {
  if (isFloat(dtype)) return
  throw new UnsupportedError(
    `${what} is of type ${dtype}; expected one of ${Object.keys(DECODERS).join(', ')}.`,
    'Only floating-point tensors can be cast, or read as floats.',
  )
}

/** What a typed array over these bytes is made of; bytes at an address that is no multiple of `size` are copied first. */
export function words(bytes: Uint8Array, size: number): [ArrayBufferLike, number, number] {
  const round = bytes.byteOffset % size === 0 ? bytes : bytes.slice()
  return [round.buffer, round.byteOffset, round.length / size]
}

/**
 * The bits of a number of 16 bits → the bits of the same number in 32. Exact. A NaN keeps its sign and payload and, as the
 * processor has it, a float16 that signals becomes quiet, while a bfloat16 is the upper half of a float32 as it stands.
 */
export const WIDEN = {
  float16: (half: number): number => {
    const sign = (half & 0x8000) << 16
    const exponent = (half >> 10) & 0x1f
    const fraction = half & 0x3ff
    if (exponent === 0x1f) return sign | 0x7f800000 | (fraction && 0x400000) | (fraction << 13)
    if (exponent > 0) return sign | ((exponent + 112) << 23) | (fraction << 13)
    if (fraction === 0) return sign
    // Subnormal: shift the leading one to where binary32 has it, unwritten.
    const shift = Math.clz32(fraction) - 21
    return sign | ((113 - shift) << 23) | ((fraction << (shift + 13)) & 0x7fffff)
  },
  bfloat16: (half: number): number => half << 16,
} as const

const tables = new Map<keyof typeof WIDEN, Int32Array>()

/** All 65536 at once: looking up is quicker than working out. */
export function widenTable(dtype: keyof typeof WIDEN): Int32Array {
  const table = tables.get(dtype) ?? Int32Array.from({ length: 0x10000 }, (_, half) => WIDEN[dtype](half))
  tables.set(dtype, table)
  return table
}

/** By way of bits, never of JavaScript's numbers, which may change those of a NaN. */
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
