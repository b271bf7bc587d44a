/** A source of any size in which only some ranges are not zero, so that gigabytes take no memory. */
import { type ByteSource, checkRange } from '../../src/bytes/source.ts'

export interface Span {
  readonly offset: number
  readonly bytes: Uint8Array
}

export function sparseSource(size: number, spans: readonly Span[], name = 'sparse'): ByteSource {
  return {
    name,
    size,
    async read(offset, into) {
      checkRange(this, offset, into.length)
      into.fill(0)
      for (const span of spans) {
        const from = Math.max(offset, span.offset)
        const to = Math.min(offset + into.length, span.offset + span.bytes.length)
        if (from < to) into.set(span.bytes.subarray(from - span.offset, to - span.offset), from - offset)
      }
    },
  }
}
