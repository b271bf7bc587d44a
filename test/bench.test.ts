/** The benchmark numbers in the documents are the stored ones. */
import { expect, test } from 'vitest'
// @ts-expect-error: a script without types
import { documentsOf, stored } from '../bench/results.js'

interface Row {
  readonly name: string
  readonly ours: number
  readonly toCopy?: number
  readonly memory: number
}

interface Page {
  readonly name: string
  readonly before: string
  readonly after: string
}

test('the documents show the stored numbers: npm run bench -- --write', () => {
  for (const { name, before, after } of documentsOf(stored()) as Page[]) expect(before, name).toBe(after)
})

test('other numbers would change every document', () => {
  const other = (stored() as Row[]).map(row => ({ ...row, memory: row.memory + 1 }))
  for (const { name, before, after } of documentsOf(other) as Page[]) expect(before, name).not.toBe(after)
})

test('each of the four checkpoints has a ratio to compare with: npm run bench -- --quick', () => {
  expect((stored() as Row[]).flatMap(({ toCopy }) => toCopy ?? [])).toHaveLength(4)
})
