/** Storages that are expensive to read are read only once, whichever tensors share them and whatever their layouts. */
import { createHash } from 'node:crypto'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type ByteSource, memorySource } from '../../../../src/bytes/source.ts'
import type { OpenContext } from '../../../../src/formats/format.ts'
import { openCheckpoint } from '../../../../src/formats/index.ts'
import { KeptStorages } from '../../../../src/formats/torch/tensors/storage-cache.ts'
import { openUrl } from '../../../../src/http/source.ts'
import { spool } from '../../../../src/node/spool.ts'
import type { Call } from '../../../../src/pickle/values.ts'
import { announceAll } from '../../../../src/tensor/tensor.ts'
import { countingSource } from '../../../helpers/counting-source.ts'
import { serve } from '../../../helpers/http-server.ts'
import { randomBytes } from '../../../helpers/random.ts'
import { dict, legacyBytes, storage, tensor, torchZipBytes } from '../../../helpers/torch-bytes.ts'
import { deflated } from '../../../helpers/zip-bytes.ts'

const MB = 1024 * 1024

/** Tensors that are rows of one storage, and one that covers all of it, transposed. */
function sharedRows(bytes: Uint8Array): Record<string, Call> {
  const rows = 16
  const columns = bytes.length / 4 / rows
  const all = storage('0', 'FloatStorage', rows * columns)
  const names = Array.from({ length: rows }, (_, row) => [
    `row${row}`,
    tensor(all, [columns], [1], row * columns),
  ])
  return { ...Object.fromEntries(names), transposed: tensor(all, [columns, rows], [1, columns]) }
}

/** Copies every tensor, like a writer, and closes the checkpoint; returns a hash of everything. */
async function copyAll(source: ByteSource): Promise<string> {
  const checkpoint = await openCheckpoint(source, { spool: (name, chunks) => spool(name, chunks) })
  const hash = createHash('sha256')
  const state = checkpoint.sections.get('')!
  announceAll(state)
  for (const one of state.values()) await one.copyTo(async chunk => void hash.update(chunk))
  await checkpoint.close()
  return hash.digest('hex')
}

/** More than fits into the memory cache, and less. */
describe.each([24, 10])('a storage of %i MB that tensors share', megabytes => {
  const data = randomBytes(1, megabytes * MB)
  const value = dict(sharedRows(data))
  const stored = torchZipBytes({ value, storages: { 0: data } })

  test.each([
    ['a zip archive', stored],
    ['a big-endian one', torchZipBytes({ value, storages: { 0: data }, records: { byteorder: 'big' } })],
    ['a stream', legacyBytes({ value, keys: ['0'], storages: [[data.length / 4, data]] })],
  ])('%s is fetched once', async (kind, bytes) => {
    const server = await serve(bytes)
    const source = await openUrl(server.url)
    onTestFinished(() => source.close())
    expect(await copyAll(source)).toBe(await copyAll(memorySource(bytes, 'here')))
    // A stream has no checksums: rows are read directly, and the transposed tensor reads the storage once more.
    expect(source.traffic!.bytes).toBeLessThan((kind === 'a stream' ? 2.1 : 1.1) * bytes.length)
  })

  test('a deflated one is inflated once', async () => {
    // The first half is zero: otherwise, deflating would enlarge it.
    const half = data.slice().fill(0, 0, data.length / 2)
    const plain = torchZipBytes({ value, storages: { 0: half } })
    const bytes = torchZipBytes({
      value,
      storages: { 0: half },
      entry: part => (part.name === 'archive/data/0' ? deflated(part) : part),
    })
    const source = countingSource(memorySource(bytes, 'x'))
    expect(await copyAll(source)).toBe(await copyAll(memorySource(plain, 'x')))
    expect(source.total()).toBeLessThan(1.1 * bytes.length)
  })
})

describe('the cache', () => {
  async function* chunks(...all: Uint8Array[]): AsyncGenerator<Uint8Array> {
    yield* all
  }
  const content = (size: number, fill: number) => () => chunks(new Uint8Array(size).fill(fill))
  const never = () => {
    throw new Error('read again')
  }
  const keeping = (keep: OpenContext['spool']): KeptStorages =>
    new KeptStorages({ spool: keep, limit: (_, all) => all })
  const inMemory = (): KeptStorages => keeping(() => Promise.reject(new Error('kept elsewhere')))

  test('has at most 16 MB in memory: the least recently used is removed', async () => {
    const kept = inMemory()
    for (const key of ['a', 'b', 'a', 'c']) await kept.get(key, key, 6 * MB, content(6 * MB, 1))
    expect(['a', 'b', 'c'].map(key => kept.has(key))).toEqual([true, false, true])
    await kept.get('a', 'a', 6 * MB, never)
    await kept.get('d', 'd', 16 * MB, content(16 * MB, 1))
    expect(['a', 'c', 'd'].map(key => kept.has(key))).toEqual([false, false, true])
  })

  test('keeps the others on disk until everything is closed', async () => {
    let open = 0
    const kept = keeping(async (name, all) => {
      const file = await spool(name, all)
      open++
      return { ...file, close: () => file.close().then(() => void open--) }
    })
    for (const key of ['a', 'b']) await kept.get(key, key, 17 * MB, content(17 * MB, 1))
    await kept.get('a', 'a', 17 * MB, never)
    expect(open).toBe(2)
    await kept.close()
    expect(open).toBe(0)
  })

  test('reads once if two ask at the same time', async () => {
    const kept = inMemory()
    const [one, other] = await Promise.all([
      kept.get('a', 'a', 3, content(3, 1)),
      kept.get('a', 'a', 3, never),
    ])
    expect(one).toBe(other)
  })

  test('does not keep failures', async () => {
    const kept = inMemory()
    await expect(kept.get('a', 'a', 17 * MB, content(17 * MB, 1))).rejects.toThrow('kept elsewhere')
    expect(kept.has('a')).toBe(false)
    await kept.close()
  })
})
