/** Converts a file, a URL or standard input to a file: the pipeline plus everything that needs Node. */

import { firstFew } from '../bytes/text.ts'
import { type ConvertOptions, requireSections, writeBackbone } from '../convert/decide.ts'
import { KNOWN, type Knowledge } from '../convert/knowledge.ts'
import { FormatError, UsageError } from '../errors.ts'
import { decideOrThrow, type ExplainedDecision } from '../explain/decide.ts'
import type { OutputFormat } from '../formats/index.ts'
import type { Traffic } from '../http/options.ts'
import { createFile } from '../node/file-sink.ts'
import { nameOf } from '../node/input.ts'
import { refuseSameFiles } from '../node/same-file.ts'
import { stdoutSink } from '../node/stdout-sink.ts'
import type { Checkpoint, ForeignGlobal } from '../tensor/tensor.ts'
import { type OpenCheckpoint, type OpenFileOptions, openCheckpointFile } from './open.ts'
import { checkOutputName } from './output-name.ts'
import { type Overwrite, replacing } from './overwrite.ts'

/** How a file is converted. By default: recognise everything, write a zip archive, never replace a file. */
export interface ConvertFileOptions extends ConvertOptions, OpenFileOptions {
  /**
   * What happens to an existing output file: it is kept and an error is thrown (`false`, the default), it is replaced
   * (`true`), or replaced only if this program wrote it (`'own'`, as on the command line).
   */
  readonly overwrite?: Overwrite | undefined
  /** Put the first 8 digits of the output's SHA-256 into its name, as OpenMMLab publishes files. */
  readonly publish?: boolean | undefined
  /** Refuse a checkpoint that refers to code which loads or runs other code. */
  readonly strict?: boolean | undefined
  /** By default chosen by the output's name: safetensors for `.safetensors`, otherwise PyTorch's zip archive. */
  readonly format?: OutputFormat | undefined
  /** Decide only, write nothing. */
  readonly dryRun?: boolean | undefined
  /** Called once everything is decided, before the first byte is written. */
  readonly onDecision?: ((decision: ExplainedDecision) => void) | undefined
  /** Called with the number of tensor bytes written since the last call. */
  readonly onBytes?: ((count: number) => void) | undefined
  /** Replaces the built-in methods, families or targets. */
  readonly knowledge?: Partial<Knowledge> | undefined
}

/** A file that was written. */
export interface Written {
  readonly path: string
  /** The path that was given; `path` differs from it if the hash is in the name. */
  readonly requested: string
  readonly bytes: number
  readonly format: OutputFormat
}

/** The result of a conversion: what was read, decided and written. */
export interface Conversion extends ExplainedDecision {
  readonly checkpoint: Checkpoint
  /** What was written; undefined on a dry run. */
  readonly output: Written | undefined
  /** Network traffic; undefined if the input was local. */
  readonly traffic?: Traffic
}

/**
 * Converts a checkpoint to an MMDetection backbone. The output appears complete, or not at all.
 * @param input a path, a URL, or `-` for standard input: see `openCheckpointFile`
 * @param output a path or `file:///…`; or `-` for standard output, where an error leaves a partial output
 * @throws UsageError, FormatError, UnsupportedError, MismatchError, SystemError: see errors.ts
 * @throws the reason of `signal`, once it is aborted: no file remains
 */
export async function convertFile(
  input: string | URL,
  output: string | URL,
  options: ConvertFileOptions = {},
): Promise<Conversion> {
  const path = nameOf(output)
  const format = outputFormat(path, options.format)
  const file = await openCheckpointFile(input, options)
  try {
    const { checkpoint } = file
    if (!options.dryRun) refuseSameFiles(file.paths, [path])
    if (options.strict) refuseDangers(checkpoint)
    const decision = decideOrThrow(checkpoint, options, { ...KNOWN, ...options.knowledge })
    requireSections(decision, format)
    options.onDecision?.(decision)
    const written = options.dryRun ? undefined : await write(decision, path, format, options, file)
    return { ...decision, checkpoint, output: written, ...(file.traffic && { traffic: file.traffic }) }
  } catch (error) {
    throw file.explain(error)
  } finally {
    await file.close()
  }
}

async function write(
  decision: ExplainedDecision,
  output: string,
  format: OutputFormat,
  options: ConvertFileOptions,
  { requireUnchanged: beforeFinish }: OpenCheckpoint,
): Promise<Written> {
  const { overwrite = false, publish: hashInName = false } = options
  const sink =
    output === '-'
      ? stdoutSink()
      : await createFile(output, { ...replacing(overwrite, 'backbone'), hashInName })
  await writeBackbone(decision, sink, { format, onBytes: options.onBytes, beforeFinish })
  return { path: sink.path, requested: output, bytes: sink.position, format }
}

/**
 * What is refused, the worst first, and how messages describe it. Classes that are only referred to are accepted: nothing is
 * called.
 */
const REFUSED: readonly (readonly [is: string, (one: ForeignGlobal) => boolean])[] = [
  ['which would run code', one => one.severity === 'dangerous'],
  ['which could help to run code', one => one.severity === 'suspicious'],
  [
    'which is not known to be harmless and would be called',
    one => one.severity === 'unknown' && one.calls > 0,
  ],
]

/** @throws FormatError when the checkpoint refers to something that no checkpoint needs */
function refuseDangers({ foreign, source }: Checkpoint): void {
  for (const [is, matches] of REFUSED) {
    const found = foreign.filter(matches).map(({ name }) => name)
    if (found.length > 0)
      throw new FormatError(
        { source },
        `the pickle names ${firstFew(found, 5)}, ${is} if PyTorch loaded it.`,
        [
          {
            say: 'Nothing was run. Check where the file comes from; to convert its tensors anyway,',
            leaveOut: 'strict',
          },
        ],
      )
  }
}

/**
 * The format to write: the stated one, or the one of the name.
 * @throws UsageError when the name is of another kind of file, or the two contradict: PyTorch reads every file named
 *   `.safetensors` as safetensors, and no other
 */
export function outputFormat(output: string, stated?: OutputFormat): OutputFormat {
  checkOutputName(output, 'backbone')
  const named = output.toLowerCase().endsWith(EXTENSION)
  const format = stated ?? (named ? 'safetensors' : 'zip')
  if (named && format !== 'safetensors')
    throw new UsageError(
      `${output} has the name of a safetensors file, but would be a PyTorch ${format === 'zip' ? 'zip archive' : 'stream'}.`,
      [{ say: 'End the name in .pth, or', leaveOut: 'format' }],
    )
  if (!named && format === 'safetensors' && output !== '' && output !== '-')
    throw new UsageError(
      `${output} would be a safetensors file, but its name does not end in .safetensors.`,
      `Programs recognise these files by their extension: end the name in ${EXTENSION}.`,
    )
  return format
}

const EXTENSION = '.safetensors'
