/** The fixtures themselves: PyTorch reads them as their .json files say. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { describePyTorch } from '../helpers/pytorch.ts'

const MAKE = join(import.meta.dirname, '../../fixtures/make.py')

describePyTorch(({ pytorch }) => {
  test('reads every fixture that its version can read as described', () => {
    const said = pytorch.run(MAKE, '--check').trimEnd().split('\n')
    expect(said.length).toBeGreaterThan(15)
    expect(said.filter(line => line.endsWith('DIFFERS'))).toEqual([])
    expect(said.filter(line => line.endsWith('as described')).length).toBeGreaterThanOrEqual(18)
  })
})
