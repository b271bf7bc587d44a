/** Opens a checkpoint from any location, with access to temporary files and to the other files of its folder. */

import { abortable, abortReason } from '../bytes/abortable.ts'
import type { ByteSource } from '../bytes/source.ts'
import { FormatError, UsageError } from '../errors.ts'
import type { OpenOptions } from '../formats/format.ts'
import { openCheckpoint, recogniseStream } from '../formats/index.ts'
import type { HttpOptions, Traffic } from '../http/options.ts'
import type { OpenSource } from '../http/source.ts'
import { piecesOf, requireSha256 } from '../node/hash.ts'
import { isRemote, nameOf, neighbour, openInput, requireFile } from '../node/input.ts'
import { spool } from '../node/spool.ts'
import type { Checkpoint } from '../tensor/tensor.ts'

/** Options for opening a checkpoint. */
export interface OpenFileOptions extends HttpOptions {
  /** Contains proxies and the token for the Hugging Face Hub; by default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  /** The SHA-256 that the input must have, in hexadecimal; at least its first 8 digits. Reads the whole input. */
  readonly sha256?: string | undefined
  /** Multiplies the limits of pickles, for a checkpoint that is larger than any known one. By default 1. */
  readonly limits?: number | undefined
}

/** A checkpoint whose tensors can be read until it is closed. */
export interface OpenCheckpoint {
  readonly checkpoint: Checkpoint
  /** The file itself. */
  readonly source: ByteSource
  /** All files that were opened: the input, and the ones that it is the index of. */
  readonly paths: readonly string[]
  /** Network traffic so far, for all files; undefined if all were local. */
  readonly traffic: Traffic | undefined
  /**
   * Call this after the last read, before using the data.
   * @throws FormatError when one of the files changed since it was opened
   * @throws the reason of a signal that was aborted
   */
  requireUnchanged(): void
  /** The error to throw instead of another one: what looks like damage may be caused by another program writing to the file. */
  explain(error: unknown): unknown
  close(): Promise<void>
}

/**
 * Opens a checkpoint from any location: names, types and shapes. The caller must close it.
 * @param input a path; `https://…`, `http://…`, also with `user:password@`; `file:///…`; `hf://owner/repository[@revision]/path`,
 *   with the token in HF_TOKEN; or `-` for standard input
 * @throws UsageError when there is no such file, or it is a folder
 * @throws FormatError when it is damaged, hostile, or not a checkpoint
 * @throws UnsupportedError when it is a checkpoint of a kind that cannot be read
 * @throws SystemError when the system, the network or the server does not let us read it
 */
export async function openCheckpointFile(
  input: string | URL,
  options: OpenFileOptions = {},
): Promise<OpenCheckpoint> {
  const { sha256, limits, signal } = options
  const name = nameOf(input)
  const sources: OpenSource[] = []
  const paths: string[] = []
  async function open(path: string): Promise<OpenSource> {
    signal?.throwIfAborted()
    paths.push(path)
    try {
      const source = await openInput(path, { recognise: recogniseStream, ...options })
      sources.push(source)
      return source
    } catch (error) {
      throw abortReason(error, signal)
    }
  }
  let source = await open(name)
  try {
    if (sha256 !== undefined) {
      source = await holdStill(source, name, signal)
      await requireSha256(abortable(source, signal), sha256)
    }
    const checkpoint = await openCheckpoint(source, {
      ...surroundings(name, open, sha256 !== undefined),
      limits,
      signal,
    })
    return {
      checkpoint,
      source: abortable(source, signal),
      paths,
      get traffic() {
        return sum(sources.flatMap(({ traffic }) => traffic ?? []))
      },
      requireUnchanged() {
        signal?.throwIfAborted()
        requireUnchanged(sources)
      },
      explain: error => explain(abortReason(error, signal), sources),
      async close() {
        await checkpoint.close()
        await source.close()
      },
    }
  } catch (error) {
    const explained = explain(abortReason(error, signal), sources)
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
): OpenOptions {
  const inFile: OpenOptions['spool'] = (name, chunks) => spool(name, chunks)
  if (neighbour(input, '') === undefined) return { spool: inFile }
  if (isHashed) return { spool: inFile, beside: refuseIndex }
  return { spool: inFile, beside: async name => open(requireFile(neighbour(input, name)!)) }
}

async function refuseIndex(): Promise<never> {
  throw new UsageError(
    'A SHA-256 is for a single file, but this is the index of several files, without their hashes.',
    [{ say: 'Check each of the files with sha256sum, and', leaveOut: 'sha256' }],
  )
}

/** Keeps a copy of a remote input that was hashed: a second request might return other bytes. */
async function holdStill(
  source: OpenSource,
  input: string,
  signal: AbortSignal | undefined,
): Promise<OpenSource> {
  if (!isRemote(input)) return source
  const kept = await spool(source.name, piecesOf(abortable(source, signal)), { length: source.size })
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
