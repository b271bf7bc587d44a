/** Which files users are told to remove: only those of runs that were killed. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createFile } from '../../src/node/file-sink.ts'
import { leftoversOf, scratchName } from '../../src/node/scratch-files.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

const parent = temporaryFolder()
let number = 0

function fresh(): string {
  const folder = join(parent, String(number++))
  mkdirSync(folder)
  return folder
}

/** Like a killed run leaves it: no process has this number. */
const abandoned = (name: string): string => scratchName(name).replace(`.${process.pid}-`, '.999999999-')

function leave(folder: string, name: string): string {
  const path = join(folder, name)
  writeFileSync(path, '')
  return path
}

test('files of a killed run are found, whether or not the target exists', () => {
  const folder = fresh()
  const [target, left] = [join(folder, 'moco.pth'), leave(folder, abandoned('moco.pth'))]
  expect(leftoversOf(target)).toEqual([left])
  writeFileSync(target, '')
  expect(leftoversOf(target)).toEqual([left])
})

test('also beside the target of a symbolic link', () => {
  const [folder, elsewhere] = [fresh(), fresh()]
  leave(folder, 'moco.pth')
  symlinkSync(join(folder, 'moco.pth'), join(elsewhere, 'link.pth'))
  const left = leave(folder, abandoned('moco.pth'))
  expect(leftoversOf(join(elsewhere, 'link.pth'))).toEqual([left])
})

test('files for other targets, of active runs, and of other programs are left alone', async () => {
  const folder = fresh()
  const target = join(folder, 'moco.pth')
  for (const name of [abandoned('moco.pth.tar'), abandoned('a.moco.pth'), abandoned('moco')])
    leave(folder, name)
  for (const name of [
    '.moco.pth.tmp',
    '.moco.pth.999999999.selfsup2mmdet-tmp',
    abandoned('moco.pth').slice(1),
  ])
    leave(folder, name)
  const sinks = [await createFile(target), await createFile(join(folder, 'moco.pth.tar'))]
  expect(leftoversOf(target)).toEqual([])
  for (const sink of sinks) await sink.abort()
})

test('for a folder that cannot be listed, there are none', () => {
  expect(leftoversOf(join(parent, 'none', 'moco.pth'))).toEqual([])
})
