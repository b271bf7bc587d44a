/** Archives around a checkpoint: opens the checkpoint if the archive contains exactly one. */
import { count } from '../bytes/count.ts'
import type { ByteSource } from '../bytes/source.ts'
import { FormatError, UnsupportedError } from '../errors.ts'
import type { Checkpoint } from '../tensor/tensor.ts'
import type { OpenContext, OwnedSource } from './format.ts'
import { adviceOf, LOOKALIKES, type Lookalike } from './lookalikes.ts'

/** A file in an archive. */
export interface Packed {
  readonly name: string
  /** Up to `length` bytes from the start. */
  head(length: number): Promise<Uint8Array>
  /** The whole file, for random access. */
  open(): Promise<OwnedSource>
}

/** Enough to tell the formats apart. */
export const HEAD_LENGTH = 512

/**
 * Opens the only checkpoint in an archive, with a note that names it.
 * @throws FormatError when there is none
 * @throws UnsupportedError when there are several: we do not guess
 */
export async function openOnly(
  archive: ByteSource,
  what: string,
  files: readonly Packed[],
  context: OpenContext,
): Promise<Checkpoint> {
  const found: Packed[] = []
  for (const file of files) if (context.couldOpen(await file.head(HEAD_LENGTH), true)) found.push(file)
  const [only, another] = found
  const names = files.map(({ name }) => name)
  const lookalike = only ? undefined : LOOKALIKES.find(({ members }) => names.length > 0 && members?.(names))
  if (lookalike) throw explainMembers(archive, lookalike)
  if (!only)
    throw new FormatError(
      { source: archive.name },
      `expected a checkpoint, found a ${what} of ${count(files.length, 'file')}, none of which is a checkpoint.`,
      'Check that this is the file you mean.',
    )
  if (another)
    throw new UnsupportedError(
      `${archive.name} is a ${what} around ${found.length} checkpoints: ${found
        .map(({ name }) => name)
        .slice(0, 5)
        .join(', ')}.`,
      'Unpack it, and convert the right one.',
    )
  return openOwned(await only.open(), context, `this is a ${what}; the checkpoint in it is ${only.name}`)
}

function explainMembers({ name }: ByteSource, lookalike: Lookalike): Error {
  const advice = adviceOf(lookalike, name)
  return lookalike.unsupported
    ? new UnsupportedError(`${name} is ${lookalike.is}, which cannot be read.`, advice)
    : new FormatError({ source: name }, `expected a checkpoint, found ${lookalike.is}.`, advice)
}

/** Opens the file inside; closing the checkpoint closes it. */
export async function openOwned(inner: OwnedSource, context: OpenContext, note: string): Promise<Checkpoint> {
  try {
    const checkpoint = await context.openInner(inner)
    return {
      ...checkpoint,
      torchLoads: 'never',
      notes: [note, ...checkpoint.notes],
      async close() {
        await checkpoint.close()
        await inner.close()
      },
    }
  } catch (error) {
    await inner.close()
    throw error
  }
}

/** A part of a source that its owner closes. */
export function unowned(source: ByteSource): OwnedSource {
  return { ...source, read: (offset, into) => source.read(offset, into), async close() {} }
}
