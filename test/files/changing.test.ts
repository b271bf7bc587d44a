/** A file that changes during a conversion is detected, and events that do not change its bytes do not stop it. */
import {
  appendFileSync,
  linkSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { FormatError } from '../../src/errors.ts'
import { convertFile } from '../../src/files/convert.ts'
import { network, stateDict, writeExpanded } from '../helpers/expanded.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

const folder = temporaryFolder()

describe('a file that changes while it is read', () => {
  // A small network: the size does not matter here.
  const network18 = writeExpanded(join(folder, 'network.pth'), { state_dict: stateDict(network('resnet18')) })
  const bytes = readFileSync(network18)
  const input = join(folder, 'changing.pth')
  const output = join(folder, 'changed.pth')
  /** A modification time that differs from the copy's, whatever the resolution of the file system. */
  const later = new Date('2001-02-03T04:05:06.789Z')

  async function convertWhile(change: () => void): Promise<unknown> {
    rmSync(input, { force: true })
    writeFileSync(input, bytes)
    writeFileSync(output, 'old')
    return convertFile(input, output, { overwrite: true, onDecision: change }).catch(error => error)
  }

  test.each<[string, () => void]>([
    ['longer', () => appendFileSync(input, 'x')],
    [
      'different bytes, the same size',
      () => {
        writeFileSync(input, new Uint8Array(bytes.length), { flag: 'r+' })
        utimesSync(input, later, later)
      },
    ],
    [
      'one byte that is not read again',
      () => {
        writeFileSync(input, bytes.subarray(0, 1), { flag: 'r+' })
        utimesSync(input, later, later)
      },
    ],
  ])('%s: it is reported, and the old file stays', async (_, change) => {
    const error = await convertWhile(change)
    expect(error).toBeInstanceOf(FormatError)
    expect(error).toMatchObject({
      message: expect.stringMatching(
        /changing\.pth: the file changed while it was read: it had \d+ bytes, last written/,
      ),
      advice: expect.stringMatching(/wait until it has finished/),
    })
    expect(readFileSync(output, 'utf8')).toBe('old')
    expect(readdirSync(folder).filter(name => name.includes('changed.pth'))).toEqual(['changed.pth'])
  })

  test.each<[string, () => void]>([
    ['given another name', () => renameSync(input, join(folder, 'renamed.pth'))],
    ['linked', () => linkSync(input, join(folder, 'linked.pth'))],
    ['removed', () => rmSync(input)],
    [
      'replaced by another file, as at the end of a download',
      () => {
        writeFileSync(join(folder, 'new.pth'), 'new')
        renameSync(join(folder, 'new.pth'), input)
      },
    ],
    ['read by others', () => readFileSync(input)],
  ])('%s: its bytes are unchanged', async (_, change) => {
    expect(await convertWhile(change)).toMatchObject({ output: { path: output } })
  })

  test('a file that shrinks during a conversion leaves no output', async () => {
    const input = join(folder, 'shrinking.pth')
    const output = join(folder, 'out.pth')
    for (const left of [0, 1, Math.floor(bytes.length / 2), bytes.length - 1]) {
      writeFileSync(input, bytes)
      rmSync(output, { force: true })
      const run = convertFile(input, output, { overwrite: true, onDecision: () => truncateSync(input, left) })
      const error = await run.catch(error => error)
      expect(error, `cut to ${left}`).toBeInstanceOf(FormatError)
      expect(error.message).toMatch(/changed while it was read/)
      expect(readdirSync(folder).filter(name => name.includes('out.pth'))).toEqual([])
    }
  })
})
