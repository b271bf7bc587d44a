/** No output replaces an input, or another output, whatever the paths are. */
import { linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { expect, test } from 'vitest'
import { UsageError } from '../../src/errors.ts'
import { refuseSameFiles } from '../../src/node/same-file.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

const folder = temporaryFolder()
const at = (name: string): string => join(folder, name)
writeFileSync(at('input.pth'), '')
linkSync(at('input.pth'), at('hard.pth'))
symlinkSync(at('input.pth'), at('symbolic.pth'))
mkdirSync(at('inner'))
symlinkSync(folder, at('inner/folder'))

test.each(['input.pth', 'hard.pth', 'symbolic.pth', 'inner/folder/input.pth'])('%s is the input', name => {
  expect(() => refuseSameFiles([at('input.pth')], [undefined, '-', at(name)])).toThrow(UsageError)
})

test.each([
  ['input.pth', 'symbolic.pth'],
  ['new.pth', 'new.pth'],
  ['new.pth', 'inner/folder/new.pth'],
])('%s and %s are the same output', (first, second) => {
  const refuse = () => refuseSameFiles(['-', 'https://host/new.pth'], [at(first), at(second)])
  expect(refuse).toThrow(`${at(second)} and ${at(first)} are the same file.`)
})

test('relative paths are compared with absolute ones', () => {
  expect(() => refuseSameFiles([], [at('new.pth'), relative(process.cwd(), at('new.pth'))])).toThrow()
})

test('other files, URLs and missing folders are allowed', () => {
  const outputs = ['new.pth', 'inner/new.pth', 'none/new.pth', 'none/new.py'].map(at)
  expect(() => refuseSameFiles([at('input.pth'), 'hf://o/r/new.pth'], outputs)).not.toThrow()
})
