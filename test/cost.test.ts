/** The cost of a conversion: memory does not grow with the file, and only required bytes are read. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { streamSink } from '../src/bytes/stream-sink.ts'
import { sizeOf, writeBackbone } from '../src/convert/decide.ts'
import { decideOrThrow } from '../src/explain/decide.ts'
import { openCheckpoint } from '../src/formats/index.ts'
import { runHere } from './helpers/cli.ts'
import { countingSource } from './helpers/counting-source.ts'
import { openForTest } from './helpers/open.ts'
import { costOf } from './helpers/peak-memory.ts'
import { temporaryFolder } from './helpers/temporary.ts'

const folder = temporaryFolder()
const fixture = (name: string): string => join(import.meta.dirname, `../fixtures/checkpoints/${name}`)
const backbone = join(folder, 'backbone.pth')

const peakMemory = (...args: readonly string[]): number => costOf(...args).peak

test('a backbone of 94 MB is written in less than 100 MB of memory, Node included', async () => {
  expect((await runHere(fixture('swav_released.pth.tar'), backbone)).code).toBe(0)
  for (const input of [fixture('moco_v2.pth.tar'), backbone]) {
    const peak = peakMemory('-q', input, join(folder, 'out.pth'))
    expect(peak).toBeGreaterThan(20e6)
    expect(peak).toBeLessThan(100e6)
  }
})

test('casting, verifying and comparing take little memory too', async () => {
  const half = join(folder, 'half.pth')
  // Comparing has two files open; on a busy machine, garbage is collected later.
  for (const args of [
    ['-q', backbone, half, '--dtype', 'float16'],
    ['-q', half, join(folder, 'wide.pth'), '--dtype', 'float32', '--publish'],
    ['verify', half],
    ['verify', backbone, '--against', fixture('swav_released.pth.tar')],
    ['diff', backbone, backbone],
  ])
    expect(peakMemory(...args), args.join(' ')).toBeLessThan(120e6)
})

test('reads exceed what is kept by two per cent at most', async () => {
  const file = await openForTest(backbone)
  const source = countingSource(file)
  const checkpoint = await openCheckpoint(source)
  expect(source.total()).toBeLessThan(400_000)
  const decision = decideOrThrow(checkpoint)
  const sink = streamSink(new WritableStream())
  await writeBackbone(decision, sink)
  await file.close()
  const kept = sizeOf(decision.plan.kept).bytes
  expect(sink.position).toBeGreaterThan(kept)
  expect(source.total()).toBeGreaterThanOrEqual(kept)
  expect(source.total()).toBeLessThanOrEqual(1.02 * kept)
})
