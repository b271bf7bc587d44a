/** What the fuzzer does with a file: everything that users can, through the library or the command line. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { memorySink } from '../../src/bytes/sink.ts'
import { type ByteSource, memorySource } from '../../src/bytes/source.ts'
import { main } from '../../src/cli/main.ts'
import { ToolError, UsageError } from '../../src/errors.ts'
import { decideOrThrow } from '../../src/explain/decide.ts'
import { type OutputFormat, openCheckpoint, WRITERS } from '../../src/formats/index.ts'
import { diffStates } from '../../src/tensor/diff.ts'
import { byteLength, type Checkpoint, type StateDict, type Tensor } from '../../src/tensor/tensor.ts'
import type { Case } from './fuzz-cases.ts'

/** More than in any plain fixture; a shape of 10^12 expanded elements is valid, but takes long to copy. */
const COPIED = 1024 * 1024
/** A ResNet-18. */
const COMMANDED = 50 * 1024 * 1024

const unowned = (source: ByteSource) => ({ ...source, close: async () => {} })

function open({ bytes, beside }: Case): Promise<Checkpoint> {
  return openCheckpoint(memorySource(bytes, 'fuzzed'), {
    beside: async name => {
      const file = beside?.get(name)
      if (!file) throw new UsageError(`There is no file ${name}.`)
      return unowned(memorySource(file, name))
    },
  })
}

/** Readable tensors, as many as can be read quickly. */
function modest(checkpoint: Checkpoint): Map<string, Tensor> {
  let left = COPIED
  const found = new Map<string, Tensor>()
  for (const [path, state] of checkpoint.sections)
    for (const [name, tensor] of state) {
      const size = byteLength(tensor)
      if (tensor.unreadable !== undefined || !(size <= left)) continue
      left -= size
      found.set(`${path}/${name}`, tensor)
    }
  return found
}

async function copied(tensor: Tensor): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  await tensor.copyTo(async chunk => void chunks.push(chunk.slice()))
  return Buffer.concat(chunks)
}

/** Every tensor has the stated number of bytes; and its type is decided. */
async function read(one: Case): Promise<void> {
  const checkpoint = await open(one)
  for (const tensor of modest(checkpoint).values())
    expect((await copied(tensor)).length).toBe(byteLength(tensor))
  decideOrThrow(checkpoint)
  await checkpoint.close()
}

/** What is written can be read again with the same result. */
function write(format: OutputFormat): Way {
  return async one => {
    const checkpoint = await open(one)
    const state = modest(checkpoint)
    const sink = memorySink('written')
    await WRITERS[format](state, { fuzzed: 'yes' }, sink)
    const again = await openCheckpoint(memorySource(sink.bytes(), 'written'))
    const written: StateDict = again.sections.get(format === 'safetensors' ? '' : 'state_dict') ?? new Map()
    const difference = await diffStates(state, written)
    if (!difference.equal)
      throw new Error(`written as ${format}, it is another: ${JSON.stringify(difference)}`)
    await checkpoint.close()
  }
}

const folder = mkdtempSync(join(tmpdir(), 'selfsup2mmdet-fuzz-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
const FUZZED = join(folder, 'fuzzed.pth')
const INTERNAL = 70

/** Control characters except the line feed: no name may control the terminal. */
const STEERING = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u

/** A command of the command line, with an existing file. */
function command(...args: readonly string[]): Way {
  return async one => {
    const checkpoint = await open(one)
    const sizes = [...checkpoint.sections.values()].flatMap(state => [...state.values()].map(byteLength))
    await checkpoint.close()
    // Large files take time, and are measured elsewhere.
    if (!(sizes.reduce((sum, size) => sum + size, 0) <= COMMANDED)) return
    writeFileSync(FUZZED, one.bytes)
    for (const [name, bytes] of one.beside ?? []) writeFileSync(join(folder, name), bytes)
    let said = ''
    const io = { out: say, err: say, outIsTerminal: false, errIsTerminal: false, env: {} }
    function say(text: string): void {
      said += text
    }
    const code = await main(
      args.map(arg => (arg === 'FILE' ? FUZZED : arg === 'OUT' ? join(folder, 'out.pth') : arg)),
      io,
    )
    if (code === INTERNAL) throw new Error(`${args[0]}: ${said}`)
    if (STEERING.test(said)) throw new Error(`${args[0]} says ${JSON.stringify(STEERING.exec(said))}`)
  }
}

export type Way = (one: Case) => Promise<void>

export const WAYS: Readonly<Record<string, Way>> = {
  read,
  'write zip': write('zip'),
  'write legacy': write('legacy'),
  'write safetensors': write('safetensors'),
  inspect: command('inspect', 'FILE', '--filter', ''),
  'inspect --json': command('inspect', 'FILE', '--json'),
  verify: command('verify', 'FILE'),
  'verify --against': command('verify', 'FILE', '--against', 'FILE'),
  diff: command('diff', 'FILE', 'fixtures/formats/net.safetensors'),
  'diff itself': command('diff', 'FILE', 'FILE', '--json'),
  probe: command('probe', 'FILE', '--report', 'OUT'),
  convert: command('convert', 'FILE', 'OUT', '--verbose'),
  'convert --dry-run': command('convert', 'FILE', '--dry-run', '--json'),
}

/** Reading is fast, and decides nearly everything; the other ways get a share. */
export function wayFor(roll: (below: number) => number): string {
  const names = Object.keys(WAYS)
  return roll(3) > 0 ? names[roll(4)]! : names[roll(names.length)]!
}

/** An unacceptable result of a way; undefined if all is well. */
export async function problemWith(one: Case, way: string): Promise<unknown> {
  try {
    await WAYS[way]!(one)
    return undefined
  } catch (error) {
    return error instanceof ToolError ? undefined : error
  }
}
