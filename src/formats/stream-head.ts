/** What comes as a stream is looked at before all of it is kept: a large file of another kind, or one without an end, is not. */
import { concat } from '../bytes/concat.ts'
import { memorySource } from '../bytes/source.ts'
import { HEAD_LENGTH } from './archive.ts'
import type { OpenContext } from './format.ts'

/**
 * The same chunks, once their head has been seen to be of a format.
 * @throws (when read) what opening a file throws that begins so
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
    // As it comes: what is kept of a file that turns out to be another is removed by the keeper.
    yield chunk
  }
}
