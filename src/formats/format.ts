/** The interface of every container of tensors. */
import type { ByteSink } from '../bytes/sink.ts'
import type { ByteSource } from '../bytes/source.ts'
import type { Checkpoint, StateDict } from '../tensor/tensor.ts'

/** A container that can be read. */
export interface Format {
  /** For messages: `PyTorch zip archive`. */
  readonly name: string
  /** The format needs several files in one folder. In an archive, a file that looks like it is another kind, like any JSON. */
  readonly needsFolder?: true
  /** Whether a file that begins with these bytes is in this format; only the content counts. */
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
  /** Limited by how much may be unpacked from one file. */
  readonly spool: NonNullable<OpenOptions['spool']>
  /** For data unpacked to memory: passes on the chunks, within the same limit. */
  limit(name: string, chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>
  /** Opens a file inside this one, or in the same folder. */
  openInner(source: ByteSource): Promise<Checkpoint>
  /** Whether a file that begins like this could be opened; `inArchive`: without other files in its folder. */
  couldOpen(head: Uint8Array, inArchive?: boolean): boolean
}

/** Callbacks while tensors are written. */
export interface WriteOptions {
  /** Called with the number of tensor bytes written since the last call. */
  readonly onBytes?: (count: number) => void
  /** The key of the tensors in PyTorch's formats; by default `state_dict`. */
  readonly section?: string
  /** More tensors, by key: only for PyTorch's formats. Shared tensors are written once. */
  readonly also?: ReadonlyMap<string, StateDict>
}

/**
 * Writes tensors in one of the formats.
 * @param meta plain values to store with them
 * @throws errors of the tensors and the sink: FormatError, SystemError; the caller must finish or abort the sink
 */
export type Write = (
  state: StateDict,
  meta: Readonly<Record<string, string | number>>,
  sink: ByteSink,
  options?: WriteOptions,
) => Promise<void>
