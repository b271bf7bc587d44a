/** Guards the numbers: every 16-bit float, rounding at every boundary. Real PyTorch judges the same in test/interop. */
import { describe, expect, test } from 'vitest'
import { UnsupportedError } from '../../src/errors.ts'
import { floatCodec } from '../../src/tensor/floats.ts'

const ALL = Uint16Array.from({ length: 0x10000 }, (_, bits) => bits)
const bytesOf = (array: ArrayBufferView): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength)

/** The definition, with powers in place of shifts. */
function value(bits: number, exponentBits: number, fractionBits: number): number {
  const sign = bits >> 15 ? -1 : 1
  const exponent = (bits >> fractionBits) & (2 ** exponentBits - 1)
  const fraction = bits & (2 ** fractionBits - 1)
  const bias = 2 ** (exponentBits - 1) - 1
  if (exponent === 2 ** exponentBits - 1) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  if (exponent === 0) return sign * fraction * 2 ** (1 - bias - fractionBits)
  return sign * (1 + fraction / 2 ** fractionBits) * 2 ** (exponent - bias)
}

describe.each([
  ['float16', 5, 10],
  ['bfloat16', 8, 7],
] as const)('%s', (dtype, exponentBits, fractionBits) => {
  const codec = floatCodec(dtype)

  test('every value is what the format says', () => {
    const found = codec.decode(bytesOf(ALL))
    ALL.forEach((bits, index) => {
      if (!Object.is(found[index], value(bits, exponentBits, fractionBits)))
        expect(found[index], `bits 0x${bits.toString(16)}`).toBe(value(bits, exponentBits, fractionBits))
    })
  })

  test('every value comes back as itself, and NaN as a NaN', () => {
    const back = new Uint16Array(codec.encode(codec.decode(bytesOf(ALL))).buffer)
    ALL.forEach((bits, index) => {
      const isNumber = !Number.isNaN(value(bits, exponentBits, fractionBits))
      if (!isNumber) expect(value(back[index]!, exponentBits, fractionBits)).toBeNaN()
      else if (back[index] !== bits) expect(back[index], `bits 0x${bits.toString(16)}`).toBe(bits)
    })
  })

  test('what lies between two values goes to the nearer one, and from the middle to the even one', () => {
    const positive = ALL.subarray(0, 0x7fff).filter(bits =>
      Number.isFinite(value(bits + 1, exponentBits, fractionBits)),
    )
    const low = Float64Array.from(positive, bits => value(bits, exponentBits, fractionBits))
    const high = Float64Array.from(positive, bits => value(bits + 1, exponentBits, fractionBits))
    const at = (share: number) => Float32Array.from(low, (from, i) => from + (high[i]! - from) * share)
    const [below, middle, above] = [0.25, 0.5, 0.75].map(
      share => new Uint16Array(codec.encode(at(share)).buffer),
    )
    positive.forEach((bits, i) => {
      const even = bits % 2 === 0 ? bits : bits + 1
      if (below![i] !== bits || middle![i] !== even || above![i] !== bits + 1)
        expect([below![i], middle![i], above![i]], `from 0x${bits.toString(16)}`).toEqual([
          bits,
          even,
          bits + 1,
        ])
    })
  })
})

test('what is too large for float16 becomes infinite, from halfway on', () => {
  const bits = (...values: number[]) =>
    [...new Uint16Array(floatCodec('float16').encode(Float32Array.from(values)).buffer)].map(v =>
      v.toString(16),
    )
  expect(bits(65504, 65519.99, 65520, 1e30, -65520, Number.POSITIVE_INFINITY)).toEqual([
    '7bff',
    '7bff',
    '7c00',
    '7c00',
    'fc00',
    '7c00',
  ])
})

test('doubles are rounded to singles', () => {
  const doubles = Float64Array.of(0.1, 1e300, -1e-320, 1 + 2 ** -25)
  expect(floatCodec('float32').encode(doubles)).toEqual(bytesOf(Float32Array.from(doubles)))
})

test('bytes at an odd address are read all the same', () => {
  const shifted = new Uint8Array(9)
  shifted.set(bytesOf(Float32Array.of(1.5, -2)), 1)
  expect([...floatCodec('float32').decode(shifted.subarray(1))]).toEqual([1.5, -2])
})

test('other types are refused', () => {
  expect(() => floatCodec('int64')).toThrow(UnsupportedError)
  expect(() => floatCodec('float8_e5m2')).toThrow('float8_e5m2 is none of')
})
