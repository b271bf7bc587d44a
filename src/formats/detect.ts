/** Detects the format of a file by its content; for other files, says what they seem to be. */
import { abortable } from '../bytes/abortable.ts'
import { memorySink } from '../bytes/sink.ts'
import { type ByteSource, memorySource, readBytes } from '../bytes/source.ts'
import { FormatError, UnsupportedError } from '../errors.ts'
import { mayBeTarHeader } from '../tar/read.ts'
import type { Checkpoint } from '../tensor/tensor.ts'
import { HEAD_LENGTH, unowned } from './archive.ts'
import type { Format, OpenContext, OpenOptions, OwnedSource } from './format.ts'
import { adviceOf, LOOKALIKES } from './lookalikes.ts'
import { readPlainPickle } from './plain-pickle.ts'
import { recognised } from './stream-head.ts'
import { Allowance } from './unpack-limit.ts'

/** A checkpoint in a tar archive, compressed, in a zip archive; deeper nesting does not occur. */
const MAX_DEPTH = 3

/**
 * Opens a checkpoint in one of the given formats.
 * @throws FormatError when the file is in none of them, or damaged
 * @throws UnsupportedError when it is a checkpoint that cannot be read yet, or unpacks to too much
 */
export async function openWith(
  formats: readonly Format[],
  source: ByteSource,
  options: OpenOptions,
): Promise<Checkpoint> {
  const allowance = new Allowance()
  const { spool = keepInMemory, beside } = options
  allowance.grow(source.size)
  const checkpoint = await openAtDepth(formats, source, 0, {
    ...options,
    spool: (name, chunks) => spool(name, allowance.limit(name, chunks)),
    limit: (name, chunks) => allowance.limit(name, chunks),
    ...(beside && {
      async beside(name) {
        const file = await beside(name)
        allowance.grow(file.size)
        return { ...abortable(file, options.signal), close: () => file.close() }
      },
    }),
  })
  try {
    requireModestNames(checkpoint)
  } catch (error) {
    await checkpoint.close()
    throw error
  }
  return checkpoint
}

/** The names of all sections' tensors; each is compared with those of every method. */
const MAX_NAMES = 10_000_000

function requireModestNames({ sections, source }: Checkpoint): void {
  let length = 0
  for (const [path, state] of sections) {
    length += path.length
    for (const name of state.keys()) length += name.length
  }
  if (length > MAX_NAMES)
    throw new UnsupportedError(
      `${source}: its tensor names add up to ${length} characters; the limit is ${MAX_NAMES}.`,
      'Save only the part that you need, in PyTorch.',
    )
}

/**
 * Passes on the chunks of a stream once its beginning looks like a checkpoint.
 * @throws (when read) the errors of opening such a file
 */
export function recogniseWith(
  formats: readonly Format[],
  name: string,
  chunks: AsyncIterable<Uint8Array>,
): AsyncIterable<Uint8Array> {
  return recognised(name, chunks, {
    couldOpen: head => formats.some(candidate => candidate.sniff(head)),
    openInner: source => openWith(formats, source, {}),
  })
}

/** PyTorch tries tar archives after zip archives, but before all other formats. */
const BEFORE_TAR: readonly string[] = ['zip archive', 'tar archive']

/** @param depth the number of wrappers (archive, compression) around it */
async function openAtDepth(
  formats: readonly Format[],
  source: ByteSource,
  depth: number,
  around: Omit<OpenContext, 'openInner' | 'couldOpen'>,
): Promise<Checkpoint> {
  const head = await readBytes(source, 0, Math.min(HEAD_LENGTH, source.size))
  const format = formats.find(candidate => candidate.sniff(head))
  if (!format) throw await explainUnknown(source, head)
  if (!BEFORE_TAR.includes(format.name) && mayBeTarHeader(head))
    throw new FormatError(
      { source: source.name },
      `the file is both a ${format.name} and a tar archive, and PyTorch would read the tar archive.`,
      'It was made to look like something it is not: do not load it.',
    )
  if (depth > MAX_DEPTH)
    throw new FormatError(
      { source: source.name },
      `archives are nested more than ${MAX_DEPTH} deep.`,
      'Unpack it first.',
    )
  // A file in an archive cannot have shards in the same folder.
  const { beside, ...inside } = around
  const context: OpenContext = {
    ...around,
    openInner: inner => openAtDepth(formats, inner, depth + 1, inside),
    couldOpen: (first, inArchive = false) =>
      formats.some(candidate => candidate.sniff(first) && !(inArchive && candidate.needsFolder)),
  }
  return format.open(source, context)
}

/** Unpacks into memory, not to disk. */
const MAX_IN_MEMORY = 1024 * 1024 * 1024

async function keepInMemory(name: string, chunks: AsyncIterable<Uint8Array>): Promise<OwnedSource> {
  const sink = memorySink(name)
  for await (const chunk of chunks) {
    await sink.write(chunk)
    if (sink.position > MAX_IN_MEMORY)
      throw new UnsupportedError(
        `${name} is more than ${MAX_IN_MEMORY} bytes, which is too much to keep in memory.`,
        'Unpack it first.',
      )
  }
  return unowned(memorySource(sink.bytes(), name))
}

async function explainUnknown(source: ByteSource, head: Uint8Array): Promise<Error> {
  const { name } = source
  const lookalike = LOOKALIKES.find(({ begins }) => begins?.(head))
  // A row that matches the first bytes wins, except a text, which may still be a pickle of protocol 0.
  const pickle = lookalike && lookalike.is !== 'a text file' ? undefined : await readPlainPickle(source, head)
  if (pickle)
    return new UnsupportedError(`${name} is ${pickle.is}, not a checkpoint of torch.save.`, pickle.advice)
  if (lookalike?.unsupported)
    return new UnsupportedError(
      `${name} is ${lookalike.is}, which cannot be read.`,
      adviceOf(lookalike, name),
    )
  const found = lookalike?.is ?? `something unknown that begins with ${hex(head.subarray(0, 16))}`
  return new FormatError(
    { source: name },
    `expected a PyTorch checkpoint or a safetensors file, found ${found}.`,
    lookalike ? adviceOf(lookalike, name) : 'Check that this is the file you mean, and that it is complete.',
  )
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join(' ')
}
