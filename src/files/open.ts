/** Opens a checkpoint wherever it is, with what lies around it: room to unpack to, and the other files of its folder. */

import { FormatError, UsageError } from '../errors.ts'
import type { Surroundings } from '../formats/format.ts'
import { openCheckpoint, recogniseStream } from '../formats/index.ts'
import type { Traffic } from '../http/client.ts'
import type { OpenSource } from '../http/source.ts'
import { piecesOf, requireSha256 } from '../node/hash.ts'
import { type InputOptions, isRemote, neighbour, openInput, requireFile } from '../node/input.ts'
import { spool } from '../node/spool.ts'
import type { Checkpoint } from '../tensor/tensor.ts'

/** How a checkpoint is opened. */
export interface OpenCheckpointOptions extends InputOptions {
  /** The SHA-256 that the input must have, in hexadecimal; at least its first 8 digits. Reads the whole input. */
  readonly sha256?: string | undefined
  /** Multiplies the limits of pickles, for a checkpoint that is larger than any known one. By default 1. */
  readonly limits?: number | undefined
}

/** A checkpoint whose tensors can be read until it is closed. */
export interface OpenCheckpoint {
  readonly checkpoint: Checkpoint
  /** The file itself, as it came. */
  readonly source: OpenSource
  /** All files that were opened, as `openInput` took them: the input, and those that it is the index of. */
  readonly paths: readonly string[]
  /** What the network has carried so far, for all files together; undefined where all were at hand. */
  readonly traffic: Traffic | undefined
  /**
   * To be called after the last read, before anything is made of what was read.
   * @throws FormatError when one of the files changed since it was opened
   */
  requireUnchanged(): void
  /** The error to throw in place of another: what looks like damage may be that somebody is writing to the file. */
  explain(error: unknown): unknown
  close(): Promise<void>
}

/**
 * Opens a checkpoint wherever it is: names, types and shapes. Whoever opens it closes it.
 * @param input a path, a URL, or `-` for standard input: see `openInput`
 * @throws UsageError, FormatError, UnsupportedError, SystemError as `openInput` and `openCheckpoint` do
 */
export async function openCheckpointFile(
  input: string,
  options: OpenCheckpointOptions = {},
): Promise<OpenCheckpoint> {
  const sources: OpenSource[] = []
  const paths: string[] = []
  async function open(path: string): Promise<OpenSource> {
    paths.push(path)
    const source = await openInput(path, { recognise: recogniseStream, ...options })
    sources.push(source)
    return source
  }
  let source = await open(input)
  try {
    const { sha256 } = options
    if (sha256 !== undefined) {
      source = await holdStill(source, input)
      await requireSha256(source, sha256)
    }
    const checkpoint = await openCheckpoint(source, {
      ...surroundings(input, open, sha256 !== undefined),
      limits: options.limits,
    })
    return {
      checkpoint,
      source,
      paths,
      get traffic() {
        return sum(sources.flatMap(({ traffic }) => traffic ?? []))
      },
      requireUnchanged: () => requireUnchanged(sources),
      explain: error => explain(error, sources),
      async close() {
        await checkpoint.close()
        await source.close()
      },
    }
  } catch (error) {
    const explained = explain(error, sources)
    await source.close()
    throw explained
  }
}

function requireUnchanged(sources: readonly OpenSource[]): void {
  for (const source of sources) source.requireUnchanged?.()
}

function explain(error: unknown, sources: readonly OpenSource[]): unknown {
  if (!(error instanceof FormatError)) return error
  try {
    requireUnchanged(sources)
    return error
  } catch (changed) {
    return changed instanceof FormatError ? changed : error
  }
}

function surroundings(
  input: string,
  open: (path: string) => Promise<OpenSource>,
  isHashed: boolean,
): Surroundings {
  const keep: Surroundings['keep'] = (name, chunks) => spool(name, chunks)
  if (neighbour(input, '') === undefined) return { keep }
  if (isHashed) return { keep, beside: refuseIndex }
  return { keep, beside: async name => open(requireFile(neighbour(input, name)!)) }
}

async function refuseIndex(): Promise<never> {
  throw new UsageError(
    '--sha256 covers one file, and this is the index of several, whose hashes it does not say.',
    'Check each of the files with sha256sum, and leave --sha256 out.',
  )
}

/**
 * The input as one to be read after it was hashed. What a server sends again need not be what it sent before, so that a
 * remote file is kept meanwhile, and read from there.
 */
async function holdStill(source: OpenSource, input: string): Promise<OpenSource> {
  if (!isRemote(input)) return source
  const kept = await spool(source.name, piecesOf(source), { length: source.size })
  return {
    ...kept,
    get traffic() {
      return source.traffic!
    },
    async close() {
      await kept.close()
      await source.close()
    },
  }
}

function sum(all: readonly Traffic[]): Traffic | undefined {
  if (all.length === 0) return undefined
  return all.reduce((one, other) => ({
    bytes: one.bytes + other.bytes,
    requests: one.requests + other.requests,
  }))
}
