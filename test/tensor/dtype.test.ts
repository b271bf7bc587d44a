/** The table of element types: unique names, and consistent sizes. */
import { expect, test } from 'vitest'
import { DTYPES, type DType, dtypeFacts, isDType } from '../../src/tensor/dtype.ts'

const names = Object.keys(DTYPES) as DType[]

test.each(names)('%s: the unit divides the size, and is half of it only for complex numbers', name => {
  const { size, unit, kind } = dtypeFacts(name)
  expect([1, 2, 4, 8, 16]).toContain(size)
  expect(size / unit).toBe(kind === 'complex' ? 2 : 1)
})

test.each(names.filter(name => /^(float|int|uint|complex)\d+$/.test(name)))(
  '%s has the size in its name',
  name => {
    expect(8 * dtypeFacts(name).size).toBe(Number(/\d+$/.exec(name)![0]))
  },
)

test.each(['storage', 'safetensors'] as const)('no two types share a %s name', column => {
  const all = names.flatMap(name => dtypeFacts(name)[column] ?? [])
  expect(all.length).toBeGreaterThan(10)
  expect(new Set(all).size).toBe(all.length)
})

test('only names in the table are types', () => {
  expect(isDType('float32')).toBe(true)
  for (const name of ['float', 'Float32', '', 'toString', '__proto__', 'constructor'])
    expect(isDType(name)).toBe(false)
})
