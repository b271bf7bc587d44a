/** Floating-point numbers and their bits: IEEE 754 binary16, binary32, binary64, and bfloat16. */
import { UnsupportedError } from '../errors.ts'
import type { DType } from './dtype.ts'

/** The types that weights come in, and that can be cast into each other. */
export type FloatDType = 'float16' | 'bfloat16' | 'float32' | 'float64'

export type Floats = Float32Array<ArrayBufferLike> | Float64Array<ArrayBufferLike>

interface Codec {
  /** Little-endian bytes, a whole number of elements → values; may be a view of the same memory. */
  readonly decode: (bytes: Uint8Array) => Floats
  /** Values → bytes, rounded to the nearest, ties to even, as `Tensor.to` rounds. */
  readonly encode: (values: Floats) => Uint8Array
}

const CODECS: Readonly<Record<FloatDType, Codec>> = {
  float64: {
    decode: bytes => new Float64Array(...words(bytes, 8)),
    encode: values => bytesOf(Float64Array.from(values)),
  },
  float32: {
    decode: bytes => new Float32Array(...words(bytes, 4)),
    encode: values => bytesOf(values instanceof Float32Array ? values : Float32Array.from(values)),
  },
  float16: halves(fromHalf, toHalf),
  bfloat16: halves(
    bits => bits << 16,
    bits => toBrain(bits),
  ),
}

export function isFloat(dtype: DType): dtype is FloatDType {
  return Object.hasOwn(CODECS, dtype)
}

/** @throws UnsupportedError for types that are no numbers of 16 bits and more */
export function floatCodec(dtype: DType): Codec {
  if (isFloat(dtype)) return CODECS[dtype]
  throw new UnsupportedError(`${dtype} is none of ${Object.keys(CODECS).join(', ')}.`)
}

/** What a typed array over these bytes is made of; bytes at an odd address are copied first. */
function words(bytes: Uint8Array, size: number): [ArrayBufferLike, number, number] {
  const even = bytes.byteOffset % size === 0 ? bytes : bytes.slice()
  return [even.buffer, even.byteOffset, even.length / size]
}

function bytesOf(values: Floats | Uint16Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
}

/** Types of 16 bits, by way of the bits of a float32. A double is rounded to a float32 first: so does PyTorch. */
function halves(widen: (bits: number) => number, narrow: (bits: number) => number): Codec {
  let table: Float32Array | undefined
  return {
    decode(bytes) {
      table ??= widenAll(widen)
      const halves = new Uint16Array(...words(bytes, 2))
      const values = new Float32Array(halves.length)
      for (let i = 0; i < halves.length; i++) values[i] = table[halves[i]!]!
      return values
    },
    encode(values) {
      const singles = values instanceof Float32Array ? values : Float32Array.from(values)
      const bits = new Uint32Array(singles.buffer, singles.byteOffset, singles.length)
      return bytesOf(Uint16Array.from(bits, narrow))
    },
  }
}

function widenAll(widen: (bits: number) => number): Float32Array {
  const bits = Uint32Array.from({ length: 0x10000 }, (_, half) => widen(half))
  return new Float32Array(bits.buffer)
}

/** binary16 → binary32, exact. */
function fromHalf(half: number): number {
  const sign = (half & 0x8000) << 16
  const exponent = (half >> 10) & 0x1f
  const fraction = half & 0x3ff
  if (exponent === 0x1f) return sign | 0x7f800000 | (fraction << 13)
  if (exponent > 0) return sign | ((exponent + 112) << 23) | (fraction << 13)
  if (fraction === 0) return sign
  // Subnormal: shift the leading one to where binary32 has it, unwritten.
  const shift = Math.clz32(fraction) - 21
  return sign | ((113 - shift) << 23) | ((fraction << (shift + 13)) & 0x7fffff)
}

/** binary32 → binary16. */
function toHalf(bits: number): number {
  const sign = (bits >>> 16) & 0x8000
  const size = bits & 0x7fffffff
  if (size > 0x7f800000) return sign | 0x7e00
  // From 65520 on: halfway beyond the largest.
  if (size >= 0x477ff000) return sign | 0x7c00
  if (size >= 0x38800000) return sign | ((size - 0x38000000 + 0xfff + ((size >>> 13) & 1)) >>> 13)
  // Subnormal, in units of 2^-24. Half a unit and less is zero.
  if (size <= 0x33000000) return sign
  const shift = 126 - (size >>> 23)
  const fraction = (size & 0x7fffff) | 0x800000
  const rest = fraction & ((1 << shift) - 1)
  const half = 1 << (shift - 1)
  const kept = fraction >>> shift
  return sign | (rest > half || (rest === half && kept & 1) ? kept + 1 : kept)
}

/** binary32 → bfloat16. */
function toBrain(bits: number): number {
  if ((bits & 0x7fffffff) > 0x7f800000) return ((bits >>> 16) & 0x8000) | 0x7fc0
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16
}
