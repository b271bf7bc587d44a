/**
 * Casts a tensor to another floating-point type while reading it. Like PyTorch, always via the bits of a float32 (a double is
 * rounded twice on its way to 16 bits), never via JavaScript's numbers, which may change the bits of a NaN: equal input gives
 * equal bytes.
 */
import { crc32 } from '../bytes/crc32.ts'
import { SCRATCH_SIZE, withScratch } from '../bytes/scratch.ts'
import { derivedTensor } from './derive.ts'
import { DTYPES } from './dtype.ts'
import { type FloatDType, requireFloat, widenTable, words } from './floats.ts'
import type { Tensor } from './tensor.ts'

/** The types that tensors can be cast to. */
export type CastDType = 'float16' | 'bfloat16' | 'float32'

/** How many numbers are cast at a time: a scratch buffer with 4 bytes for each. */
const AT_A_TIME = SCRATCH_SIZE / 4

/**
 * Casts like `Tensor.to(dtype)`: rounds to nearest, ties to even; values that are too large become infinite; NaN stays NaN,
 * with the bits of PyTorch 2 for whole vectors on x86 processors (other cases have other bits). Sources: c10/util/Half.h,
 * c10/util/BFloat16.h, aten/src/ATen/cpu/vec/vec512/vec512_bfloat16.h.
 * @throws UnsupportedError when the tensor's type is not floating-point with at least 16 bits
 */
export function castTensor(tensor: Tensor, dtype: CastDType): Tensor {
  const from = tensor.dtype
  if (from === dtype) return tensor
  requireFloat(from, tensor.origin)
  return derivedTensor(tensor, {
    dtype,
    copyTo: write =>
      withScratch(wide => withScratch(narrow => castAll(tensor, from, dtype, wide, narrow, write))),
  })
}

async function castAll(
  tensor: Tensor,
  from: FloatDType,
  to: CastDType,
  wide: Uint8Array,
  narrow: Uint8Array,
  write: (chunk: Uint8Array) => Promise<void>,
): Promise<number> {
  const singles = new Int32Array(wide.buffer, wide.byteOffset, AT_A_TIME)
  const halves = new Uint16Array(narrow.buffer, narrow.byteOffset, AT_A_TIME)
  const piece = AT_A_TIME * DTYPES[from].size
  let crc = 0
  await tensor.copyTo(async chunk => {
    for (let start = 0; start < chunk.length; start += piece) {
      const bits = TO_SINGLES[from](chunk.subarray(start, start + piece), singles)
      const cast = bytesOf(to === 'float32' ? bits : toHalves(bits, from, to, halves))
      crc = crc32(cast, crc)
      await write(cast)
    }
  })
  return crc
}

function bytesOf(values: Int32Array | Uint16Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
}

/** Numbers of any type → the bits of float32; in the given array, or a view of the same memory. */
const TO_SINGLES: Readonly<Record<FloatDType, (bytes: Uint8Array, into: Int32Array) => Int32Array>> = {
  float64: doublesToSingles,
  float32: bytes => new Int32Array(...words(bytes, 4)),
  float16: (bytes, into) => widen(bytes, widenTable('float16'), into),
  bfloat16: (bytes, into) => widen(bytes, widenTable('bfloat16'), into),
}

function widen(bytes: Uint8Array, table: Int32Array, into: Int32Array): Int32Array {
  const halves = new Uint16Array(...words(bytes, 2))
  for (let i = 0; i < halves.length; i++) into[i] = table[halves[i]!]!
  return into.subarray(0, halves.length)
}

/**
 * Typed arrays round like IEEE 754, but do not define the bits of a NaN, so these are set explicitly: quiet, with sign and
 * payload kept.
 */
function doublesToSingles(bytes: Uint8Array, into: Int32Array): Int32Array {
  const doubles = new Float64Array(...words(bytes, 8))
  const parts = new Uint32Array(doubles.buffer, doubles.byteOffset, 2 * doubles.length)
  new Float32Array(into.buffer, into.byteOffset).set(doubles)
  for (let i = 0; i < doubles.length; i++) {
    if ((into[i]! & 0x7fffffff) <= 0x7f800000) continue
    const [low, high] = [parts[2 * i]!, parts[2 * i + 1]!]
    into[i] = (high & 0x80000000) | 0x7fc00000 | ((high & 0x7ffff) << 3) | (low >>> 29)
  }
  return into.subarray(0, doubles.length)
}

function toHalves(
  bits: Int32Array,
  from: FloatDType,
  to: 'float16' | 'bfloat16',
  into: Uint16Array,
): Uint16Array {
  if (to === 'float16') for (let i = 0; i < bits.length; i++) into[i] = toHalf(bits[i]!)
  else {
    // PyTorch casts float16 one by one and float32 in vectors, with a different NaN for each.
    const nan = from === 'float16' ? 0x7fc0 : 0xffff
    for (let i = 0; i < bits.length; i++) into[i] = toBfloat16(bits[i]!, nan)
  }
  return into.subarray(0, bits.length)
}

/** binary32 → binary16. */
function toHalf(bits: number): number {
  const sign = (bits >>> 16) & 0x8000
  const size = bits & 0x7fffffff
  if (size > 0x7f800000) return sign | 0x7e00 | ((size >> 13) & 0x3ff)
  // From 65520 on: halfway above the largest value.
  if (size >= 0x477ff000) return sign | 0x7c00
  if (size >= 0x38800000) return sign | ((size - 0x38000000 + 0xfff + ((size >> 13) & 1)) >> 13)
  // Subnormal, in units of 2^-24. Half a unit and less is zero.
  if (size <= 0x33000000) return sign
  const shift = 126 - (size >> 23)
  const fraction = (size & 0x7fffff) | 0x800000
  const rest = fraction & ((1 << shift) - 1)
  const half = 1 << (shift - 1)
  const kept = fraction >> shift
  return sign | (rest > half || (rest === half && kept & 1) ? kept + 1 : kept)
}

/** binary32 → bfloat16. */
function toBfloat16(bits: number, nan: number): number {
  if ((bits & 0x7fffffff) > 0x7f800000) return nan
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16
}
