/** The sink in memory: it keeps the bytes as they were when written, even if the caller changes them later. */
import { expect, test } from 'vitest'
import { memorySink } from '../../src/bytes/sink.ts'

test('bytes come out in order, and positions count them', async () => {
  const sink = memorySink()
  const bytes = Uint8Array.of(1, 2, 3)
  await sink.write(bytes)
  bytes.fill(9)
  await sink.write(bytes.subarray(0, 1))
  await sink.write(new Uint8Array(0))
  expect(sink.position).toBe(4)
  expect(sink.bytes()).toEqual(Uint8Array.of(1, 2, 3, 9))
})

test('nothing is left after an abort', async () => {
  const sink = memorySink()
  await sink.write(Uint8Array.of(1, 2, 3))
  await sink.abort()
  expect(sink.position).toBe(0)
  expect(sink.bytes()).toEqual(new Uint8Array(0))
})
