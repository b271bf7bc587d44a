/** Reading files from disk: every range of any size, and errors that say who must act. */
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readBytes } from '../../src/bytes/source.ts'
import { FormatError, UsageError } from '../../src/errors.ts'
import { openFile } from '../../src/node/file-source.ts'
import { randomBytes } from '../helpers/random.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

const folder = temporaryFolder()
const path = join(folder, 'bytes.bin')
const BYTES = randomBytes(1, 1_000_000)
writeFileSync(path, BYTES)

test('gives every range, small ones and ones that are read in pieces', async () => {
  const file = await openFile(path)
  expect(file).toMatchObject({ name: path, size: 1_000_000 })
  for (const [offset, length] of [
    [0, 0],
    [1_000_000, 0],
    [999_999, 1],
    [17, 1000],
    [3, 256 * 1024],
    [3, 256 * 1024 + 1],
    [0, 1_000_000],
  ] as const) {
    const read = await readBytes(file, offset, length)
    expect(Buffer.compare(read, BYTES.subarray(offset, offset + length)), `${offset} +${length}`).toBe(0)
  }
  await file.close()
})

test('many reads at the same time', async () => {
  const file = await openFile(path)
  await Promise.all(
    Array.from({ length: 50 }, async (_, index) => {
      const offset = index * 10_000
      const read = await readBytes(file, offset, 300_000)
      expect(Buffer.compare(read, BYTES.subarray(offset, offset + 300_000))).toBe(0)
    }),
  )
  await file.close()
})

test('beyond 4 GiB', async () => {
  const sparse = join(folder, 'sparse.bin')
  writeFileSync(sparse, '')
  truncateSync(sparse, 2 ** 33)
  const file = await openFile(sparse)
  expect(await readBytes(file, 2 ** 33 - 4, 4)).toEqual(new Uint8Array(4))
  await expect(readBytes(file, 2 ** 33 - 4, 5)).rejects.toThrow(FormatError)
  await file.close()
})

describe('errors', () => {
  test('a read beyond the end', async () => {
    const file = await openFile(path)
    await expect(readBytes(file, 999_999, 2)).rejects.toThrow(/expected 2 bytes here, found the end/)
    await file.close()
  })

  test('a file that shrinks while it is read', async () => {
    const shrinking = join(folder, 'shrinking.bin')
    writeFileSync(shrinking, new Uint8Array(1000))
    const file = await openFile(shrinking)
    truncateSync(shrinking, 500)
    const reading = readBytes(file, 0, 1000)
    await expect(reading).rejects.toThrow(FormatError)
    await expect(reading).rejects.toThrow(/byte 500 .* became shorter while it was read: it had 1000 bytes/)
    await file.close()
  })

  test('a missing file, and a missing folder', async () => {
    for (const missing of [join(folder, 'missing'), join(path, 'below-a-file')])
      await expect(openFile(missing)).rejects.toThrow(`There is no file ${missing}.`)
  })

  test('a folder', async () => {
    mkdirSync(join(folder, 'inner'))
    await expect(openFile(join(folder, 'inner'))).rejects.toThrow(UsageError)
  })

  test('not a regular file', async () => {
    await expect(openFile('/dev/null')).rejects.toThrow(/is not a regular file/)
  })
})
