/** Casting: rounding at every boundary, the bits of NaN, chunks of any size, and the checksum for the archive. */
import { describe, expect, test } from 'vitest'
import { crc32 } from '../../src/bytes/crc32.ts'
import { UnsupportedError } from '../../src/errors.ts'
import { type CastDType, castTensor } from '../../src/tensor/cast.ts'
import type { FloatDType } from '../../src/tensor/floats.ts'
import { ALL_HALVES, bytesOf, floats, tensorOf, valueOfHalf } from '../helpers/tensors.ts'

type Numbers = Parameters<typeof tensorOf>[1]

async function cast(from: FloatDType, values: Numbers, to: CastDType): Promise<number[]> {
  const bytes = await bytesOf(castTensor(tensorOf(from, values, [values.length], 4096), to))
  return [...(to === 'float32' ? new Uint32Array(bytes.buffer) : new Uint16Array(bytes.buffer))]
}

const hex = (bits: readonly number[]): string[] => bits.map(one => one.toString(16))

describe.each(['float16', 'bfloat16'] as const)('%s', dtype => {
  test('every number is the same after casting to float32 and back', async () => {
    const numbers = ALL_HALVES.filter(bits => !Number.isNaN(valueOfHalf(dtype, bits)))
    const wide = await cast(dtype, numbers, 'float32')
    expect(await cast('float32', Uint32Array.from(wide), dtype)).toEqual([...numbers])
  })

  test('a number between two values is rounded to the nearer one, from the middle to the even one', async () => {
    const low = ALL_HALVES.filter(bits => Number.isFinite(valueOfHalf(dtype, bits + 1)) && bits < 0x7fff)
    const between = (share: number) =>
      Float32Array.from(low, bits => {
        const [from, to] = [valueOfHalf(dtype, bits), valueOfHalf(dtype, bits + 1)]
        return from + (to - from) * share
      })
    expect(await cast('float32', between(0.25), dtype)).toEqual([...low])
    expect(await cast('float32', between(0.5), dtype)).toEqual([...low].map(bits => bits + (bits & 1)))
    expect(await cast('float32', between(0.75), dtype)).toEqual([...low].map(bits => bits + 1))
  })
})

test('what is too large becomes infinite, from halfway on', async () => {
  const { POSITIVE_INFINITY } = Number
  const values = Float32Array.of(65504, 65519.99, 65520, 1e30, -65520, POSITIVE_INFINITY)
  expect(hex(await cast('float32', values, 'float16'))).toEqual([
    '7bff',
    '7bff',
    '7c00',
    '7c00',
    'fc00',
    '7c00',
  ])
  const largest = Uint32Array.of(0x7f7f7fff, 0x7f7f8000, 0xff7f8000)
  expect(hex(await cast('float32', largest, 'bfloat16'))).toEqual(['7f7f', '7f80', 'ff80'])
})

test('doubles are rounded to singles, and through them to halves', async () => {
  const doubles = Float64Array.of(0.1, 1e300, -1e-320, 1 + 2 ** -25)
  const singles = [...new Uint32Array(Float32Array.from(doubles).buffer)]
  expect(await cast('float64', doubles, 'float32')).toEqual(singles)
  // Just above the middle of two halves; as a single it is exactly the middle, so it is rounded to the even one.
  expect(hex(await cast('float64', Float64Array.of(1 + 2 ** -11 + 2 ** -40), 'float16'))).toEqual(['3c00'])
})

describe('the bits of NaN are always the same', () => {
  test.each<[FloatDType, Numbers, CastDType, string[]]>([
    ['float32', Uint32Array.of(0x7f800001, 0x7fc12345, 0xffffffff), 'float16', ['7e00', '7e09', 'ffff']],
    ['float32', Uint32Array.of(0x7f800001, 0xffc00000), 'bfloat16', ['ffff', 'ffff']],
    ['float16', Uint16Array.of(0x7c01, 0xfe00, 0x7fff), 'float32', ['7fc02000', 'ffc00000', '7fffe000']],
    ['float16', Uint16Array.of(0x7c01, 0xfe00), 'bfloat16', ['7fc0', '7fc0']],
    ['bfloat16', Uint16Array.of(0x7f81, 0xffc0), 'float32', ['7f810000', 'ffc00000']],
    ['bfloat16', Uint16Array.of(0x7f81, 0xffc0), 'float16', ['7e08', 'fe00']],
    [
      'float64',
      BigUint64Array.of(0x7ff0000000000001n, 0x7ffabcdef0123456n, 0xfff0000020000000n),
      'float32',
      ['7fc00000', '7fd5e6f7', 'ffc00001'],
    ],
  ])('%s %s to %s', async (from, values, to, expected) => {
    // Many times: after a while, the engine compiles the loop again, which must not change the result.
    const many = Buffer.concat(Array(2000).fill(new Uint8Array(values.buffer)))
    const found = await cast(from, new Uint8Array(many), to)
    expect(new Set(hex(found))).toEqual(new Set(expected))
    expect(hex(found.slice(0, expected.length))).toEqual(expected)
  })
})

test.each([8, 64, 8 * 100_000, 8 * 500_000])('casts chunks of %i bytes', async step => {
  const values = Float64Array.from({ length: 300_000 }, (_, i) => i / 3)
  const tensor = castTensor(tensorOf('float64', values, [3, 100_000], step), 'float32')
  expect(tensor).toMatchObject({ dtype: 'float32', shape: [3, 100_000], origin: 'memory' })
  const found = new Float32Array((await bytesOf(tensor)).buffer)
  expect(found.findIndex((value, i) => value !== Math.fround(values[i]!))).toBe(-1)
  expect(found.length).toBe(values.length)
})

test('the checksum is of the new bytes', async () => {
  const tensor = castTensor(floats(1, 2, 3), 'float16')
  expect(await tensor.copyTo(async () => {})).toBe(crc32(await bytesOf(tensor)))
})

test('a tensor of the target type is returned as it is', () => {
  const tensor = floats(1)
  expect(castTensor(tensor, 'float32')).toBe(tensor)
})

test('an unreadable tensor stays unreadable, and other kinds of numbers are refused', () => {
  expect(castTensor({ ...floats(1), unreadable: 'a sparse tensor' }, 'float16').unreadable).toBe(
    'a sparse tensor',
  )
  expect(() => castTensor(tensorOf('int64', BigInt64Array.of(1n)), 'float16')).toThrow(UnsupportedError)
})
