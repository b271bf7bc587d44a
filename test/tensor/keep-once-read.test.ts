/** Tensors that are read twice are fetched once, and are the same both times. */
import { expect, test } from 'vitest'
import { crc32 } from '../../src/bytes/crc32.ts'
import { FormatError } from '../../src/errors.ts'
import { keepOnceRead } from '../../src/tensor/keep-once-read.ts'
import type { Tensor } from '../../src/tensor/tensor.ts'

const BYTES = Uint8Array.from({ length: 24 }, (_, index) => 7 * index)

function tensorOf(failing = 0): Tensor & { reads: number; announced: number } {
  return {
    dtype: 'float32',
    shape: [2, 3],
    origin: 'x.pth!w',
    reads: 0,
    announced: 0,
    announce() {
      this.announced++
    },
    async copyTo(write) {
      if (this.reads++ < failing) throw new FormatError({ source: 'x.pth' }, 'damaged.', 'Again.')
      for (const start of [0, 10]) await write(BYTES.slice(start, start === 0 ? 10 : 24))
      return crc32(BYTES)
    },
  }
}

async function read(tensor: Tensor): Promise<readonly [number[], number]> {
  const bytes: number[] = []
  const crc = await tensor.copyTo(async chunk => void bytes.push(...chunk))
  return [bytes, crc]
}

test('it is read once', async () => {
  const tensor = tensorOf()
  const kept = keepOnceRead(new Map([['w', tensor]])).get('w')!
  expect(kept).toMatchObject({ dtype: 'float32', shape: [2, 3], origin: 'x.pth!w' })
  kept.announce?.()
  for (const _ of [1, 2, 3]) expect(await read(kept)).toEqual([[...BYTES], crc32(BYTES)])
  kept.announce?.()
  expect(tensor).toMatchObject({ reads: 1, announced: 1 })
})

test('after a failure, it is read again', async () => {
  const tensor = tensorOf(1)
  const kept = keepOnceRead(new Map([['w', tensor]])).get('w')!
  await expect(read(kept)).rejects.toThrow(FormatError)
  expect((await read(kept))[0]).toEqual([...BYTES])
})
