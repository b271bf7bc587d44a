/** Converts from any source to any sink, without Node's modules. */

import { abortReason } from '../bytes/abortable.ts'
import type { ByteSink } from '../bytes/sink.ts'
import type { ByteSource } from '../bytes/source.ts'
import { type ConvertOptions, writeBackbone } from '../convert/decide.ts'
import { KNOWN, type Knowledge } from '../convert/knowledge.ts'
import type { OpenOptions } from '../formats/format.ts'
import { type OutputFormat, openCheckpoint } from '../formats/index.ts'
import type { Checkpoint } from '../tensor/tensor.ts'
import { decideOrThrow, type ExplainedDecision } from './decide.ts'

/** Options of a conversion. By default: recognise everything, write a zip archive. */
export interface ConvertSourceOptions extends ConvertOptions, OpenOptions {
  /** By default PyTorch's zip archive. */
  readonly format?: OutputFormat | undefined
  /** Called with the number of tensor bytes written since the last call. */
  readonly onBytes?: ((count: number) => void) | undefined
  /** Used instead of the built-in methods, families and targets. */
  readonly knowledge?: Partial<Knowledge> | undefined
}

/**
 * Converts a checkpoint. The caller closes source and sink; this function only calls `finish` or `abort` of the sink.
 * @param openSink called after the decision, so that nothing is opened for a checkpoint that cannot be converted
 * @throws UsageError, FormatError, UnsupportedError, MismatchError, SystemError: see errors.ts
 * @throws the reason of `signal`, once it is aborted; the sink is aborted too
 */
export async function convertSource(
  source: ByteSource,
  openSink: (decision: ExplainedDecision) => ByteSink | Promise<ByteSink>,
  options: ConvertSourceOptions = {},
): Promise<ExplainedDecision & { readonly checkpoint: Checkpoint }> {
  const { signal, format, onBytes, knowledge } = options
  const checkpoint = await openCheckpoint(source, options)
  try {
    const decision = decideOrThrow(checkpoint, options, { ...KNOWN, ...knowledge })
    await writeBackbone(decision, await openSink(decision), {
      format,
      onBytes,
      beforeFinish() {
        signal?.throwIfAborted()
        source.requireUnchanged?.()
      },
    })
    return { ...decision, checkpoint }
  } catch (error) {
    throw abortReason(error, signal)
  }
}
