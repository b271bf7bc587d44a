/** A conversion from any source of bytes to any sink: what runs wherever JavaScript does. */

import type { ByteSink } from '../bytes/sink.ts'
import type { ByteSource } from '../bytes/source.ts'
import { type ConvertOptions, writeWhole } from '../convert/decide.ts'
import { KNOWN, type Knowledge } from '../convert/knowledge.ts'
import type { Surroundings } from '../formats/format.ts'
import { type OutputFormat, openCheckpoint } from '../formats/index.ts'
import type { Checkpoint } from '../tensor/tensor.ts'
import { decideOrThrow, type ExplainedDecision } from './decide.ts'

/** How a source of bytes is converted. Without any: recognise everything, write a zip archive. */
export interface ConvertSourceOptions extends ConvertOptions {
  /** By default PyTorch's zip archive. */
  readonly format?: OutputFormat | undefined
  /** For checkpoints that need more than their own bytes: compressed ones, those in several files. */
  readonly surroundings?: Surroundings | undefined
  /** Told how many tensor bytes were written since the last time. */
  readonly onBytes?: ((count: number) => void) | undefined
  /** In place of what this program knows. */
  readonly knowledge?: Partial<Knowledge> | undefined
}

/**
 * Converts a checkpoint. Source and sink stay the caller's, but for `finish` and `abort` of the sink.
 * @param openSink called when all is decided, so that nothing is opened for a checkpoint that cannot be converted
 * @throws UsageError, FormatError, UnsupportedError, MismatchError, SystemError as errors.ts describes them
 */
export async function convertSource(
  source: ByteSource,
  openSink: (decision: ExplainedDecision) => ByteSink | Promise<ByteSink>,
  options: ConvertSourceOptions = {},
): Promise<ExplainedDecision & { readonly checkpoint: Checkpoint }> {
  const checkpoint = await openCheckpoint(source, options.surroundings)
  const decision = decideOrThrow(checkpoint, options, { ...KNOWN, ...options.knowledge })
  const beforeFinish = (): void => source.requireUnchanged?.()
  await writeWhole(decision, await openSink(decision), { ...options, beforeFinish })
  return { ...decision, checkpoint }
}
