/** A sink that stores what is written but skips runs of zeros: gigabytes take no memory. */
import type { ByteSink } from '../../src/bytes/sink.ts'
import type { ByteSource } from '../../src/bytes/source.ts'
import { type Span, sparseSource } from './sparse-source.ts'

const KEPT = 4096

export function sparseSink(): ByteSink & { source(): ByteSource; skip(count: number): void } {
  const spans: Span[] = []
  let position = 0
  return {
    name: 'sparse',
    get position() {
      return position
    },
    async write(bytes) {
      if (bytes.length > KEPT) throw new Error(`sparseSink keeps writes of ${KEPT} bytes at most`)
      spans.push({ offset: position, bytes: bytes.slice() })
      position += bytes.length
    },
    /** Represents a write of this many zeros. */
    skip(count) {
      position += count
    },
    async finish() {},
    async abort() {},
    source: () => sparseSource(position, spans),
  }
}
