/** What only the built program shows: how its lines wrap in a real terminal, and which modules it loads. */
import { execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
// @ts-expect-error: a script without types
import { canRecord } from '../../scripts/recordings.js'
import { runBinary } from '../helpers/cli.ts'

const ROOT = join(import.meta.dirname, '../../')
const MOCO = `${ROOT}fixtures/checkpoints/moco_v2.pth.tar`
const args = [MOCO, '--dry-run', '--selfsup', 'swav']

if (!canRecord())
  console.warn('SKIPPED: `script` of util-linux is not installed; folding is not seen in a terminal.')

test.skipIf(!canRecord())('lines wrap in a terminal, and not in a pipe', () => {
  const command = `stty cols 60 rows 9 && exec '${process.execPath}' '${ROOT}bin/selfsup2mmdet.js' '${args.join("' '")}'`
  const { stdout } = spawnSync('script', ['-qec', command, '/dev/null'], { encoding: 'utf8' })
  const piped = runBinary(args).err
  const shown = stdout.replaceAll('\r\n', '\n').replace('\x1b[31mMismatchError\x1b[39m', 'MismatchError')
  expect(Math.max(...piped.split('\n').map(line => line.length))).toBeGreaterThan(60)
  // Paths are never broken.
  for (const line of shown.split('\n')) expect(line.length <= 60 || !line.includes(' '), line).toBe(true)
  expect(shown.replace(/\s+/g, ' ')).toBe(piped.replace(/\s+/g, ' '))
})

test('the library does not load the module for hashing', () => {
  const script = `await import(${JSON.stringify(new URL('../../dist/index.js', import.meta.url).href)})
    console.log(process.moduleLoadList.includes('NativeModule crypto'))`
  const said = (code: string) =>
    execFileSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' }).trim()
  expect(said(script)).toBe('false')
  expect(said(`import 'node:crypto'\n${script}`)).toBe('true')
})
