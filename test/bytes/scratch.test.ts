/** Lent buffers: never to two users at a time, and always given back. */
import { expect, test } from 'vitest'
import { SCRATCH_SIZE, withScratch } from '../../src/bytes/scratch.ts'

const later = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

test('users at the same time get different buffers', async () => {
  const lent: Uint8Array[] = []
  await Promise.all(
    [1, 2, 3].map(() =>
      withScratch(async buffer => {
        lent.push(buffer)
        await later()
      }),
    ),
  )
  expect(new Set(lent).size).toBe(3)
  expect(lent.every(buffer => buffer.length === SCRATCH_SIZE)).toBe(true)
})

test('a buffer is lent again, even after its user failed', async () => {
  let first: Uint8Array | undefined
  const failing = withScratch(async buffer => {
    first = buffer
    throw new Error('failed')
  })
  await expect(failing).rejects.toThrow('failed')
  expect(await withScratch(async buffer => buffer === first)).toBe(true)
})

test('buffers of a different size are separate, and also lent again', async () => {
  const large = await withScratch(async buffer => buffer, 2 * SCRATCH_SIZE)
  expect(large.length).toBe(2 * SCRATCH_SIZE)
  expect(await withScratch(async buffer => buffer.length)).toBe(SCRATCH_SIZE)
  expect(await withScratch(async buffer => buffer, 2 * SCRATCH_SIZE)).toBe(large)
})
