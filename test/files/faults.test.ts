/**
 * Guards that nothing is written when a read of a whole checkpoint fails, a write fails, or the file changes meanwhile: at some of
 * its thousands of reads and writes. `every-fault.test.ts` tries each of smaller ones.
 */
import {
  appendFileSync,
  linkSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { ByteSink } from '../../src/bytes/sink.ts'
import { type ByteSource, memorySource } from '../../src/bytes/source.ts'
import { writeBackbone } from '../../src/convert/decide.ts'
import { FormatError, SystemError } from '../../src/errors.ts'
import { convertSource } from '../../src/explain/convert.ts'
import { decideOrThrow } from '../../src/explain/decide.ts'
import { convertFile } from '../../src/files/convert.ts'
import { type OutputFormat, openCheckpoint, WRITERS } from '../../src/formats/index.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

const folder = temporaryFolder()
const CHECKPOINTS = readdirSync('fixtures/checkpoints').map(name => join('fixtures/checkpoints', name))

const broken = (what: string): SystemError => new SystemError(`${what}: broken disk.`, 'EIO')

/** Every read is counted; the one of that number fails, and all that follow. */
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

/** Keeps nothing; the write of that number fails; one more is `finish`. */
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

/** The first, the last, and some between. */
function some(count: number, most: number): number[] {
  const step = Math.max(1, Math.floor(count / most))
  return [...new Set([...Array.from({ length: Math.ceil(count / step) }, (_, i) => i * step), count - 1])]
}

describe.each(CHECKPOINTS)('%s', path => {
  const bytes = new Uint8Array(readFileSync(path))

  test('a read that fails is told, and the sink is aborted, never finished', async () => {
    const all = sourceThatFails(memorySource(bytes, 'x'), Number.POSITIVE_INFINITY)
    const sink = sinkThatFails(Number.POSITIVE_INFINITY)
    await convertSource(all, async () => sink)
    expect(sink.ended).toBe('finished')
    expect(all.reads).toBeGreaterThan(2)
    for (const at of some(all.reads, 12)) {
      const sink = sinkThatFails(Number.POSITIVE_INFINITY)
      const source = sourceThatFails(memorySource(bytes, 'x'), at)
      await expect(
        convertSource(source, async () => sink),
        `read ${at}`,
      ).rejects.toMatchObject({ code: 'EIO' })
      expect(['', 'aborted'], `read ${at}`).toContain(sink.ended)
    }
  })

  test.each(Object.keys(WRITERS) as OutputFormat[])(
    'a write of %s that fails is told, and aborted',
    async format => {
      const checkpoint = await openCheckpoint(memorySource(bytes, 'x'))
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

  test('a file that shrinks while it is converted leaves no output', async () => {
    const input = join(folder, 'shrinking.pth')
    const output = join(folder, 'out.pth')
    for (const left of [0, 1, Math.floor(bytes.length / 2), bytes.length - 1]) {
      writeFileSync(input, bytes)
      rmSync(output, { force: true })
      const run = convertFile(input, output, { overwrite: true, onDecision: () => truncateSync(input, left) })
      const error = await run.catch(error => error)
      expect(error, `cut to ${left}`).toBeInstanceOf(FormatError)
      expect(error.message).toMatch(/changed while it was read/)
      expect(readdirSync(folder).filter(name => name.includes('out.pth'))).toEqual([])
    }
  })
})

describe('a file that changes while it is read', () => {
  const [moco] = CHECKPOINTS
  const bytes = readFileSync(moco!)
  const input = join(folder, 'changing.pth')
  const output = join(folder, 'changed.pth')
  /** A time of the last write that is not that of the copy, whatever the clock of the disk can tell apart. */
  const later = new Date('2001-02-03T04:05:06.789Z')

  async function convertWhile(change: () => void): Promise<unknown> {
    rmSync(input, { force: true })
    writeFileSync(input, bytes)
    writeFileSync(output, 'old')
    return convertFile(input, output, { overwrite: true, onDecision: change }).catch(error => error)
  }

  test.each<[string, () => void]>([
    ['longer', () => appendFileSync(input, 'x')],
    [
      'other bytes, as many as before',
      () => {
        writeFileSync(input, new Uint8Array(bytes.length), { flag: 'r+' })
        utimesSync(input, later, later)
      },
    ],
    [
      'one byte that is not read again',
      () => {
        writeFileSync(input, bytes.subarray(0, 1), { flag: 'r+' })
        utimesSync(input, later, later)
      },
    ],
  ])('%s: it is told, and the old file stays', async (_, change) => {
    const error = await convertWhile(change)
    expect(error).toBeInstanceOf(FormatError)
    expect(error).toMatchObject({
      message: expect.stringMatching(
        /changing\.pth: the file changed while it was read: it had \d+ bytes, last written/,
      ),
      advice: expect.stringMatching(/wait until it is done/),
    })
    expect(readFileSync(output, 'utf8')).toBe('old')
    expect(readdirSync(folder).filter(name => name.includes('changed.pth'))).toEqual(['changed.pth'])
  })

  test.each<[string, () => void]>([
    ['given another name', () => renameSync(input, join(folder, 'renamed.pth'))],
    ['linked', () => linkSync(input, join(folder, 'linked.pth'))],
    ['removed', () => rmSync(input)],
    [
      'replaced by another, as a download is when it is done',
      () => {
        writeFileSync(join(folder, 'new.pth'), 'new')
        renameSync(join(folder, 'new.pth'), input)
      },
    ],
    ['read by others', () => readFileSync(input)],
  ])('%s: its bytes are what they were', async (_, change) => {
    expect(await convertWhile(change)).toMatchObject({ output: { path: output } })
  })
})
