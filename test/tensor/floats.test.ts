/** Reading floats: every 16-bit float has the value that the format defines. test/interop compares with real PyTorch. */
import { describe, expect, test } from 'vitest'
import { UnsupportedError } from '../../src/errors.ts'
import { floatDecoder } from '../../src/tensor/floats.ts'
import { ALL_HALVES, valueOfHalf, viewBytes } from '../helpers/tensors.ts'

describe.each(['float16', 'bfloat16'] as const)('%s', dtype => {
  test('every value is as defined by the format', () => {
    const found = floatDecoder(dtype)(viewBytes(ALL_HALVES))
    ALL_HALVES.forEach((bits, index) => {
      const value = valueOfHalf(dtype, bits)
      if (!Object.is(found[index], value)) expect(found[index], `bits 0x${bits.toString(16)}`).toBe(value)
    })
  })

  test('each decoder has its own buffer, which grows with the input', () => {
    const [first, second] = [floatDecoder(dtype), floatDecoder(dtype)]
    const many = new Uint16Array(200_000).fill(0x4000)
    const found = first(viewBytes(many))
    second(viewBytes(new Uint16Array(200_000)))
    expect(found.length).toBe(200_000)
    expect(found.every(value => value === 2)).toBe(true)
  })
})

test('singles and doubles at an odd address are read correctly', () => {
  const shifted = new Uint8Array(17)
  shifted.set(viewBytes(Float32Array.of(1.5, -2)), 1)
  expect([...floatDecoder('float32')(shifted.subarray(1, 9))]).toEqual([1.5, -2])
  shifted.set(viewBytes(Float64Array.of(0.1, -1e300)), 1)
  expect([...floatDecoder('float64')(shifted.subarray(1))]).toEqual([0.1, -1e300])
})

test('other types are refused', () => {
  expect(() => floatDecoder('int64')).toThrow(UnsupportedError)
  expect(() => floatDecoder('float8_e5m2')).toThrow('the tensor is of type float8_e5m2; expected one of')
})
