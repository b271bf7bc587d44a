/**
 * Nothing is written if reading a whole checkpoint fails, or writing: at some of its thousands of reads and writes.
 * `every-fault.test.ts` tries all of them for smaller files.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { ByteSink } from '../../src/bytes/sink.ts'
import { type ByteSource, memorySource } from '../../src/bytes/source.ts'
import { writeBackbone } from '../../src/convert/decide.ts'
import { SystemError } from '../../src/errors.ts'
import { convertSource } from '../../src/explain/convert.ts'
import { decideOrThrow } from '../../src/explain/decide.ts'
import { type OutputFormat, openCheckpoint, WRITERS } from '../../src/formats/index.ts'

const CHECKPOINTS = readdirSync('fixtures/checkpoints').map(name => join('fixtures/checkpoints', name))

const broken = (what: string): SystemError => new SystemError(`${what}: broken disk.`, 'EIO')

/** Counts reads; the given one fails, and all that follow. */
function sourceThatFails(whole: ByteSource, at: number): ByteSource & { reads: number } {
  return {
    name: whole.name,
    size: whole.size,
    reads: 0,
    read(offset, into) {
      if (this.reads++ >= at) throw broken('Cannot read')
      return whole.read(offset, into)
    },
  }
}

interface CountingSink extends ByteSink {
  writes: number
  ended: string
}

/** Discards the bytes; the given write fails; `finish` counts as one. */
function sinkThatFails(at: number): CountingSink {
  let position = 0
  return {
    name: 'sink',
    writes: 0,
    ended: '',
    get position() {
      return position
    },
    async write(bytes) {
      if (this.writes++ >= at) throw broken('Cannot write')
      position += bytes.length
    },
    async finish() {
      if (this.writes++ >= at) throw broken('Cannot finish')
      this.ended += 'finished'
    },
    async abort() {
      this.ended += 'aborted'
    },
  }
}

/** The first, the last, and some in between. */
function some(count: number, most: number): number[] {
  const step = Math.max(1, Math.floor(count / most))
  return [...new Set([...Array.from({ length: Math.ceil(count / step) }, (_, i) => i * step), count - 1])]
}

describe.each(CHECKPOINTS)('%s', path => {
  const bytes = new Uint8Array(readFileSync(path))

  test('a failed read is reported, and the sink is aborted, never finished', async () => {
    const all = sourceThatFails(memorySource(bytes, 'x'), Number.POSITIVE_INFINITY)
    const sink = sinkThatFails(Number.POSITIVE_INFINITY)
    await convertSource(all, async () => sink)
    expect(sink.ended).toBe('finished')
    expect(all.reads).toBeGreaterThan(2)
    for (const at of some(all.reads, 5)) {
      const sink = sinkThatFails(Number.POSITIVE_INFINITY)
      const source = sourceThatFails(memorySource(bytes, 'x'), at)
      await expect(
        convertSource(source, async () => sink),
        `read ${at}`,
      ).rejects.toMatchObject({ code: 'EIO' })
      expect(['', 'aborted'], `read ${at}`).toContain(sink.ended)
    }
  })
})

/** Writing does not depend on how the file is read. */
const SOME = CHECKPOINTS[0]!

test.each(Object.keys(WRITERS) as OutputFormat[])(
  'a failed write of %s is reported, and aborted',
  async format => {
    const checkpoint = await openCheckpoint(memorySource(new Uint8Array(readFileSync(SOME)), 'x'))
    const decision = decideOrThrow(checkpoint)
    const whole = sinkThatFails(Number.POSITIVE_INFINITY)
    await writeBackbone(decision, whole, { format })
    expect(whole.writes).toBeGreaterThan(2)
    for (const at of some(whole.writes, 3)) {
      const sink = sinkThatFails(at)
      await expect(writeBackbone(decision, sink, { format }), `write ${at}`).rejects.toMatchObject({
        code: 'EIO',
      })
      expect(sink.ended, `write ${at}`).toBe('aborted')
    }
    await checkpoint.close()
  },
)
