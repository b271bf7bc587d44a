/** Copying a part of a source. */
import { expect, test } from 'vitest'
import { copyRange } from '../../src/bytes/copy-range.ts'
import { crc32 } from '../../src/bytes/crc32.ts'
import { memorySource } from '../../src/bytes/source.ts'
import { countingSource } from '../helpers/counting-source.ts'
import { randomBytes } from '../helpers/random.ts'

test('bytes are copied in order, in chunks, with their checksum', async () => {
  const bytes = randomBytes(1, 1_000_000)
  const source = countingSource(memorySource(bytes, 'x'))
  const chunks: Uint8Array[] = []
  const crc = await copyRange(source, 17, 900_000, async chunk => void chunks.push(chunk.slice()))
  const expected = bytes.subarray(17, 900_017)
  expect(Buffer.compare(Buffer.concat(chunks), expected)).toBe(0)
  expect(crc).toBe(crc32(expected))
  expect(Math.max(...chunks.map(chunk => chunk.length))).toBeLessThanOrEqual(256 * 1024)
  expect(source.total()).toBe(900_000)
  expect(await copyRange(source, 0, 0, async () => expect.unreachable())).toBe(0)
})
