/** Checkpoints that were unpacked and packed again: read if nothing is ambiguous, and never reported as loadable. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { memorySource } from '../../../src/bytes/source.ts'
import { openCheckpoint } from '../../../src/formats/index.ts'
import { readTensor } from '../../../src/tensor/read-tensor.ts'
import { readEntry } from '../../../src/zip/entry.ts'
import { readZip } from '../../../src/zip/read.ts'
import { runHere } from '../../helpers/cli.ts'
import { temporaryFolder } from '../../helpers/temporary.ts'
import { dict, floats, torchZipBytes, vector } from '../../helpers/torch-bytes.ts'
import { zipBytes } from '../../helpers/zip-bytes.ts'

const folder = temporaryFolder()
const SOUND = torchZipBytes({ value: dict({ w: vector('0', 3) }), storages: { 0: floats(1, 2, 3) } })

/** The records of a valid archive, by their names in its top folder. */
async function records(): Promise<{ name: string; data: Uint8Array }[]> {
  const archive = await readZip(memorySource(SOUND, 'x'))
  return Promise.all(
    [...archive.entries.values()].map(async entry => ({
      name: entry.name.slice(entry.name.indexOf('/') + 1),
      data: await readEntry(archive, entry, entry.size),
    })),
  )
}

const litter = (...names: string[]) => names.map(name => ({ name, data: Uint8Array.of(0, 5, 22, 7) }))

const open = (bytes: Uint8Array) => openCheckpoint(memorySource(bytes, 'x.pth'))

test.each<[string, string, string[]]>([
  ['at the root', '', []],
  ['a folder too deep', 'parent/archive/', []],
  ['with files that macOS adds', 'archive/', ['__MACOSX/archive/._data.pkl', '__MACOSX/._archive']],
  ['with .DS_Store beside it', 'archive/', ['.DS_Store']],
  ['with files that Windows adds', 'a/b/', ['Thumbs.db', 'a/desktop.ini', 'a/b/desktop.ini']],
])('%s it is read, with a note', async (_, top, more) => {
  const parts = (await records()).map(({ name, data }) => ({ name: top + name, data }))
  const checkpoint = await open(zipBytes([...parts, ...litter(...more)]))
  expect(checkpoint).toMatchObject({ torchLoads: 'never', notes: [expect.stringContaining('packed again')] })
  expect([...(await readTensor(checkpoint.sections.get('')!.get('w')!))]).toEqual([1, 2, 3])
})

test('the original has no such note', async () => {
  expect(await open(SOUND)).toMatchObject({ torchLoads: 'always', notes: [] })
})

test.each<[string, string[]]>([
  ['two checkpoints', ['a/', 'b/']],
  ['one in another', ['', 'a/']],
])('%s are refused', async (_, tops) => {
  const all = await records()
  const parts = tops.flatMap(top => all.map(({ name, data }) => ({ name: top + name, data })))
  await expect(open(zipBytes(parts))).rejects.toThrow(/one top folder/)
})

test('one among other files is refused', async () => {
  const parts = (await records()).map(({ name, data }) => ({ name: `a/${name}`, data }))
  await expect(open(zipBytes([...parts, ...litter('README')]))).rejects.toThrow(/one top folder/)
})

test('the folder itself: the printed line packs it into a checkpoint again', async () => {
  const unpacked = join(folder, "it's here")
  mkdirSync(join(unpacked, 'data'), { recursive: true })
  for (const { name, data } of await records()) writeFileSync(join(unpacked, name), data)
  const { code, err } = await runHere('inspect', unpacked)
  expect(code).toBe(2)
  expect((await runHere('inspect', folder)).err).toBe(err)
  expect(err).toContain('is a folder: a checkpoint that was unpacked')
  execFileSync('sh', ['-c', err.split('\n').find(line => line.startsWith('  ('))!])
  const again = readFileSync(join(folder, 'checkpoint.pth'))
  expect(await open(again)).toMatchObject({ torchLoads: 'always' })
  const alone = await open(readFileSync(join(unpacked, 'data.pkl'))).catch((error: Error) => error.message)
  expect(alone).toContain('only the data.pkl of a checkpoint')
  rmSync(join(folder, 'checkpoint.pth'))
  const beside = await runHere('inspect', join(unpacked, 'data.pkl'))
  execFileSync('sh', ['-c', beside.err.split('\n').find(line => line.startsWith('  ('))!])
  expect(await open(readFileSync(join(folder, 'checkpoint.pth')))).toMatchObject({ torchLoads: 'always' })
})
