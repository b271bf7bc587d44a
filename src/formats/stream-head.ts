/** Checks the start of a stream before all of it is stored, to refuse large or endless streams of other kinds. */
import { concat } from '../bytes/concat.ts'
import { memorySource } from '../bytes/source.ts'
import { HEAD_LENGTH } from './archive.ts'
import type { OpenContext } from './format.ts'

/**
 * Passes on the chunks once the first bytes match a format.
 * @throws (when read) the errors of opening a file with this beginning
 */
export async function* recognised(
  name: string,
  chunks: AsyncIterable<Uint8Array>,
  { couldOpen, openInner }: Pick<OpenContext, 'couldOpen' | 'openInner'>,
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
    // Immediately: if the file turns out to be another kind, the caller removes what it stored.
    yield chunk
  }
}
