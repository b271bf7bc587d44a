/** The man page: it matches the current help, and its roff passes a strict reader. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
// @ts-expect-error: a script without types
import { manPage } from '../scripts/man.js'

const PAGE = 'man/selfsup2mmdet.1'

test('it is up to date: run `npm run man`', async () => {
  expect(readFileSync(PAGE, 'utf8')).toBe(await manPage())
})

const hasMan = spawnSync('man', ['-l', PAGE]).status === 0
if (!hasMan) console.warn('SKIPPED: man is not installed; the width of the man page is not checked.')

test.skipIf(!hasMan)('no line is longer than 80 columns', () => {
  const env = { ...process.env, MANWIDTH: '80', LC_ALL: 'C.UTF-8' }
  const { stdout } = spawnSync('man', ['-l', PAGE], { encoding: 'utf8', env })
  const lines = stdout.split('\n')
  expect(lines.filter(line => line.length > 80)).toEqual([])
  for (const title of ['NAME', 'SYNOPSIS', 'DESCRIPTION', 'COMMANDS', 'EXIT STATUS', 'EXAMPLES'])
    expect(lines).toContain(title)
})

const isThere = spawnSync('mandoc', [PAGE]).status === 0
if (!isThere) console.warn('SKIPPED: mandoc is not installed; the man page is not checked by it.')

test.skipIf(!isThere)('mandoc finds no errors in it', () => {
  const { stdout } = spawnSync('mandoc', ['-T', 'lint', '-W', 'warning', PAGE], { encoding: 'utf8' })
  expect(stdout.split('\n').filter(line => line !== '' && !line.includes('missing date'))).toEqual([])
})
