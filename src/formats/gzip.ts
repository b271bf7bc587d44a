/** Files that were compressed as a whole: `checkpoint.pth.tar.gz`. */
import { concat } from '../bytes/concat.ts'
import { inflate } from '../bytes/inflate.ts'
import { type ByteSource, memorySource } from '../bytes/source.ts'
import { FormatError, ToolError } from '../errors.ts'
import type { Format, OpenContext } from './format.ts'
import { HEAD_LENGTH, openOwned } from './wrapped.ts'

export const gzip: Format = {
  name: 'gzip',
  sniff: head => head[0] === 0x1f && head[1] === 0x8b,
  async open(source, context) {
    const name = unpackedName(source.name)
    const unpacked = await context.keep(name, recognised(name, gunzip(source), context))
    return openOwned(unpacked, context, 'this is compressed with gzip: it was unpacked for the time being')
  },
}

/** `folder/moco.pth.tar.gz` → `folder/moco.pth.tar.gz!moco.pth.tar`, as gunzip would name it. */
function unpackedName(name: string): string {
  const inner = name
    .replace(/^.*[/\\]/, '')
    .replace(/\.gz$/i, '')
    .replace(/\.tgz$/i, '.tar')
  return `${name}!${inner}`
}

/**
 * The same chunks, once their head has been seen to be of a format: a large file of another kind is not unpacked in vain.
 * @throws what opening such a file throws
 */
async function* recognised(
  name: string,
  chunks: AsyncIterable<Uint8Array>,
  { couldOpen, openInner }: OpenContext,
): AsyncGenerator<Uint8Array> {
  const begun: Uint8Array[] = []
  let known = false
  for await (const chunk of chunks) {
    if (!known) {
      begun.push(chunk)
      const head = concat(begun).subarray(0, HEAD_LENGTH)
      known = head.length === HEAD_LENGTH
      if (known && !couldOpen(head)) await openInner(memorySource(head, name))
    }
    // As it comes: what is kept of a file that turns out to be another is removed by the keeper.
    yield chunk
  }
}

async function* gunzip(source: ByteSource): AsyncGenerator<Uint8Array> {
  try {
    yield* inflate(source, 'gzip')
  } catch (error) {
    if (error instanceof ToolError) throw error
    throw new FormatError(
      { source: source.name },
      `the gzip-compressed data is damaged or cut short: ${(error as Error).message}.`,
      'Download or copy it again.',
    )
  }
}
