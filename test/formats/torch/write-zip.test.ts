/** The archives that we write: they open with the same content, equal content gives equal bytes, and tensors are streamed. */
import { describe, expect, test } from 'vitest'
import { crc32 } from '../../../src/bytes/crc32.ts'
import { memorySink } from '../../../src/bytes/sink.ts'
import { memorySource } from '../../../src/bytes/source.ts'
import { openCheckpoint } from '../../../src/formats/index.ts'
import { writeTorchZip } from '../../../src/formats/torch/write-zip.ts'
import { DTYPES, type DType, dtypeFacts } from '../../../src/tensor/dtype.ts'
import { byteLength, type StateDict, type Tensor } from '../../../src/tensor/tensor.ts'
import { readZip } from '../../../src/zip/read.ts'
import { randomBytes } from '../../helpers/random.ts'
import { copyOut } from '../../helpers/torch-bytes.ts'

function tensorOf(dtype: DType, shape: readonly number[], bytes: Uint8Array): Tensor {
  return {
    dtype,
    shape,
    origin: 'a test',
    async copyTo(write) {
      // In uneven pieces, in a reused buffer.
      const buffer = new Uint8Array(1000)
      for (let done = 0; done < bytes.length; done += 777) {
        const piece = bytes.subarray(done, done + 777)
        buffer.set(piece)
        await write(buffer.subarray(0, piece.length))
      }
      return crc32(bytes)
    },
  }
}

function random(dtype: DType, shape: readonly number[], seed = 1): Tensor {
  return tensorOf(dtype, shape, randomBytes(seed, byteLength({ dtype, shape })))
}

async function written(state: StateDict, meta: Record<string, string | number> = {}): Promise<Uint8Array> {
  const sink = memorySink()
  await writeTorchZip(state, meta, sink)
  return sink.bytes()
}

const open = (bytes: Uint8Array) => openCheckpoint(memorySource(bytes, 'written.pth'))

describe('a written file has the same content', () => {
  const readable = (Object.keys(DTYPES) as DType[]).filter(name => dtypeFacts(name).kind !== 'quantized')

  test.each(readable)('a tensor of %s', async dtype => {
    const state = new Map([['w', random(dtype, [3, 5, 7])]])
    const { sections } = await open(await written(state))
    const back = sections.get('state_dict')!.get('w')!
    expect(back).toMatchObject({ dtype, shape: [3, 5, 7] })
    expect(await copyOut(back)).toEqual(await copyOut(state.get('w')!))
  })

  test.each([[[]], [[0]], [[3, 0, 2]], [[1, 1, 1]], [[2, 3, 4, 5, 6]], [[100_000]]])(
    'shape %j',
    async shape => {
      const state = new Map([['w', random('float32', shape)]])
      const back = (await open(await written(state))).sections.get('state_dict')!.get('w')!
      expect(back.shape).toEqual(shape)
      expect(Buffer.compare((await copyOut(back)).bytes, (await copyOut(state.get('w')!)).bytes)).toBe(0)
    },
  )

  test('names of all kinds, in order', async () => {
    const names = ['z.weight', 'a.weight', '10', '9', '__proto__', 'état 😀', 'x'.repeat(500), '']
    const state = new Map(names.map((name, index) => [name, random('int64', [1], index)]))
    const back = (await open(await written(state))).sections.get('state_dict')!
    expect([...back.keys()]).toEqual(names)
    for (const [name, tensor] of state) expect(await copyOut(back.get(name)!)).toEqual(await copyOut(tensor))
  })

  test('a thousand tensors', async () => {
    const names = Array.from({ length: 1000 }, (_, index) => `layer.${index}`)
    const state = new Map(names.map((name, index) => [name, random('float32', [index % 7], index)]))
    const back = (await open(await written(state))).sections.get('state_dict')!
    expect(back.size).toBe(1000)
    for (const name of ['layer.0', 'layer.10', 'layer.999'])
      expect(await copyOut(back.get(name)!)).toEqual(await copyOut(state.get(name)!))
  })

  test('without tensors there is no section, but a checkpoint', async () => {
    expect((await open(await written(new Map()))).holds).toBe('a dict of 2')
  })
})

describe('the archive', () => {
  const state = new Map([
    ['a', random('float32', [10])],
    ['b', random('int64', [])],
  ])

  test("has PyTorch's records, except those that promise a layout", async () => {
    const { entries } = await readZip(memorySource(await written(state), 'x'))
    expect([...entries.keys()]).toEqual([
      'archive/data.pkl',
      'archive/byteorder',
      'archive/data/0',
      'archive/data/1',
      'archive/version',
    ])
  })

  test('names no code, and gives no notes', async () => {
    const checkpoint = await open(await written(state, { method: 'moco', epoch: 7 }))
    expect(checkpoint).toMatchObject({ foreign: [], notes: [] })
    expect([...checkpoint.sections.keys()]).toEqual(['state_dict'])
  })

  test('is the same for the same content, and differs for other metadata', async () => {
    const first = await written(state, { method: 'moco' })
    expect(Buffer.compare(first, await written(state, { method: 'moco' }))).toBe(0)
    expect(Buffer.compare(first, await written(state, { method: 'swav' }))).not.toBe(0)
  })

  test('made from its own content is the same again', async () => {
    const first = await written(state, { method: 'moco' })
    const again = (await open(first)).sections.get('state_dict')!
    expect(Buffer.compare(await written(again, { method: 'moco' }), first)).toBe(0)
  })
})

test('progress covers every byte of the tensors, and no other', async () => {
  const state = new Map([
    ['a', random('float32', [1000])],
    ['b', random('int64', [])],
  ])
  const told: number[] = []
  await writeTorchZip(state, {}, memorySink(), { onBytes: count => void told.push(count) })
  expect(told.reduce((sum, count) => sum + count)).toBe(4008)
})

describe('errors', () => {
  test('a tensor that cannot be read', async () => {
    const broken: Tensor = {
      ...random('float32', [4]),
      copyTo: () => Promise.reject(new Error('broken disk')),
    }
    await expect(written(new Map([['w', broken]]))).rejects.toThrow('broken disk')
  })

  test('a sink that is full', async () => {
    const sink = { ...memorySink(), write: () => Promise.reject(new Error('disk full')) }
    await expect(writeTorchZip(new Map(), {}, sink)).rejects.toThrow('disk full')
  })

  test('a tensor that hands over less than its shape requires', async () => {
    const short = tensorOf('float32', [4], new Uint8Array(12))
    await expect(written(new Map([['w', short]]))).rejects.toThrow(
      /expected 16 bytes to be written, found 12/,
    )
  })
})
