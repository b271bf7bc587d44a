/** Which file a name in an index means: one in the same folder, and never standard input or a pipe. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { UsageError } from '../../src/errors.ts'
import { openCheckpointFile } from '../../src/files/open.ts'
import { neighbour } from '../../src/node/input.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

test.each([
  ['model.index.json', '-', './-'],
  ['model.index.json', 'a.bin', 'a.bin'],
  ['folder/model.index.json', '-', 'folder/-'],
])('beside %s, %s is %s', (input, name, path) => {
  expect(neighbour(input, name)).toBe(path)
})

const folder = temporaryFolder()

test.each<[string, (path: string) => unknown]>([
  ['a pipe', path => execFileSync('mkfifo', [path])],
  ['a folder', path => mkdirSync(path)],
])('a part that is %s is refused without waiting', async (_, make) => {
  const name = `${_.replace(' ', '-')}.bin`
  make(join(folder, name))
  const index = join(folder, `${name}.index.json`)
  writeFileSync(index, JSON.stringify({ weight_map: { 'a.weight': name } }))
  const opening = openCheckpointFile(index)
  await expect(opening).rejects.toThrow(UsageError)
  await expect(opening).rejects.toThrow('is not a file')
})
