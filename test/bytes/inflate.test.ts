/** Inflating: not ahead of the consumer, and with the original errors. */
import { deflateRawSync, gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { inflate } from '../../src/bytes/inflate.ts'
import { type ByteSource, memorySource } from '../../src/bytes/source.ts'
import { countingSource } from '../helpers/counting-source.ts'
import { randomBytes } from '../helpers/random.ts'

const data = randomBytes(3, 4_000_000)

async function all(source: ByteSource, format: 'gzip' | 'deflate-raw' = 'gzip'): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of inflate(source, format)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

test.each([
  ['gzip', gzipSync(data)],
  ['deflate-raw', deflateRawSync(data)],
] as const)('%s', async (format, packed) => {
  expect((await all(memorySource(packed, 'x'), format)).equals(data)).toBe(true)
})

test('what is not consumed is not read', async () => {
  const source = countingSource(memorySource(gzipSync(data), 'x'))
  const chunks = inflate(source, 'gzip')
  await chunks.next()
  await new Promise(resolve => setTimeout(resolve, 50))
  expect(source.total()).toBeLessThan(1_000_000)
  await chunks.return(undefined)
})

test('an error of the source is passed on, wherever it happens', async () => {
  const packed = gzipSync(data)
  for (const at of [0, 1_000_000, packed.length - 1]) {
    const source: ByteSource = {
      ...memorySource(packed, 'x'),
      async read(offset, into) {
        if (offset + into.length > at) throw new Error('the disk is broken')
        into.set(packed.subarray(offset, offset + into.length))
      },
    }
    await expect(all(source)).rejects.toThrow('the disk is broken')
  }
})

test('damaged and truncated data are errors', async () => {
  const packed = gzipSync(data)
  await expect(all(memorySource(packed.subarray(0, -100), 'x'))).rejects.toThrow(/unexpected end/i)
  await expect(all(memorySource(Buffer.from(packed).fill(0, 500, 600), 'x'))).rejects.toThrow()
  await expect(all(memorySource(new Uint8Array(0), 'x'))).rejects.toThrow()
})
