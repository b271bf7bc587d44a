/** Streams as sinks: all bytes in order, in blocks that do not change later, closed or aborted. */
import { expect, test } from 'vitest'
import { streamSink } from '../../src/bytes/stream-sink.ts'
import { SystemError } from '../../src/errors.ts'
import { randomBytes } from '../helpers/random.ts'

function target(failAt = Number.POSITIVE_INFINITY) {
  const blocks: Uint8Array[] = []
  const ends: string[] = []
  const stream = new WritableStream<Uint8Array>({
    write(block) {
      if (blocks.length === failAt) throw new DOMException('The disk is full', 'QuotaExceededError')
      blocks.push(block)
    },
    close: () => void ends.push('closed'),
    abort: () => void ends.push('aborted'),
  })
  return { stream, blocks, ends }
}

test('bytes of any size come out unchanged, even though their buffer is reused', async () => {
  const { stream, blocks, ends } = target()
  const sink = streamSink(stream)
  const bytes = randomBytes(1, 5_000_000)
  const scratch = new Uint8Array(1_500_000)
  for (let at = 0, size = 1; at < bytes.length; at += size, size = Math.min(3 * size, 1_500_000)) {
    const part = bytes.subarray(at, at + size)
    scratch.set(part)
    await sink.write(scratch.subarray(0, part.length))
    scratch.fill(0)
  }
  expect(ends).toEqual([])
  await sink.finish()
  await sink.abort()
  expect(sink.position).toBe(bytes.length)
  expect(Buffer.concat(blocks).equals(bytes)).toBe(true)
  expect(blocks.length).toBeLessThan(6)
  expect(ends).toEqual(['closed'])
})

test('abort reaches the stream', async () => {
  const { stream, ends } = target()
  const sink = streamSink(stream)
  await sink.write(new Uint8Array(10))
  await sink.abort()
  expect(ends).toEqual(['aborted'])
})

test('a full disk is a system error, and aborting afterwards does no harm', async () => {
  const { stream } = target(0)
  const sink = streamSink(stream, 'moco.pth')
  const writing = sink.write(new Uint8Array(2_000_000))
  await expect(writing).rejects.toThrow(SystemError)
  await expect(writing).rejects.toThrow('moco.pth cannot be written to: The disk is full.')
  await expect(writing).rejects.toMatchObject({ code: 'QuotaExceededError' })
  await sink.abort()
})
