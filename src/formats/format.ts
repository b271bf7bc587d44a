/** What every container of tensors looks like to the rest of the program. */
import type { ByteSink } from '../bytes/sink.ts'
import type { ByteSource } from '../bytes/source.ts'
import type { Checkpoint, StateDict } from '../tensor/tensor.ts'

/** A container that can be read. */
export interface Format {
  /** In words, for people: `PyTorch zip archive`. */
  readonly name: string
  /** Made of several files of a folder: what looks so in an archive is some other file, as any JSON does. */
  readonly needsFolder?: true
  /** Whether a file that begins with these bytes is of this format; judged by content only. */
  sniff(head: Uint8Array): boolean
  /**
   * Reads names, types and shapes; no tensor bytes.
   * @throws FormatError, UnsupportedError
   */
  open(source: ByteSource, context: OpenContext): Promise<Checkpoint>
}

/** A source that the caller must close. */
export interface OwnedSource extends ByteSource {
  close(): Promise<void>
}

/** Options for opening a checkpoint, and functions for formats that need more than its bytes. */
export interface OpenOptions {
  /** Stores a stream (an unpacked file), so that it can be read at any position; by default in memory. */
  readonly spool?: ((name: string, chunks: AsyncIterable<Uint8Array>) => Promise<OwnedSource>) | undefined
  /** Multiplies the limits of pickles: for a checkpoint that is larger than any known one. */
  readonly limits?: number | undefined
  /** Opens another file of the same folder: a shard. */
  readonly beside?: ((name: string) => Promise<OwnedSource>) | undefined
  /** Aborts opening and later reads of the tensors, with its reason. */
  readonly signal?: AbortSignal | undefined
}

export interface OpenContext extends OpenOptions {
  /** Within what may be unpacked of one file. */
  readonly spool: NonNullable<OpenOptions['spool']>
  /** For what is unpacked and kept in memory: the same chunks, within the same limit. */
  limit(name: string, chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>
  /** Opens a file inside this one, or in the same folder. */
  openInner(source: ByteSource): Promise<Checkpoint>
  /** Whether a file that begins so could be opened; `inArchive`: without any files beside it. */
  couldOpen(head: Uint8Array, inArchive?: boolean): boolean
}

/** Callbacks while tensors are written. */
export interface WriteOptions {
  /** Called with the number of tensor bytes written since the last call. */
  readonly onBytes?: (count: number) => void
  /** The key under which PyTorch's formats hold the tensors; by default `state_dict`. */
  readonly section?: string
  /** More of them, by their keys: for PyTorch's formats only. What several have is written once. */
  readonly also?: ReadonlyMap<string, StateDict>
}

/**
 * Writes tensors in one of the formats.
 * @param meta plain values to go with them
 * @throws what the tensors and the sink throw: FormatError, SystemError; the sink is the caller's to finish or abort
 */
export type Write = (
  state: StateDict,
  meta: Readonly<Record<string, string | number>>,
  sink: ByteSink,
  options?: WriteOptions,
) => Promise<void>
