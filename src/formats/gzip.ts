/** Compressed files: `checkpoint.pth.tar.gz`. */
import { inflate } from '../bytes/inflate.ts'
import type { ByteSource } from '../bytes/source.ts'
import { FormatError, ToolError } from '../errors.ts'
import { openOwned } from './archive.ts'
import type { Format } from './format.ts'
import { recognised } from './stream-head.ts'

export const gzip: Format = {
  name: 'gzip',
  sniff: head => head[0] === 0x1f && head[1] === 0x8b,
  async open(source, context) {
    const name = unpackedName(source.name)
    const unpacked = await context.spool(name, recognised(name, gunzip(source), context))
    return openOwned(unpacked, context, 'gzip-compressed: unpacked to a temporary file')
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
