/** A source that records reads. */
import type { ByteSource } from '../../src/bytes/source.ts'

export interface CountingSource extends ByteSource {
  /** Every read, in order. */
  readonly reads: { readonly offset: number; readonly length: number }[]
  /** The total of bytes read. */
  total(): number
}

export function countingSource(whole: ByteSource): CountingSource {
  const reads: CountingSource['reads'] = []
  return {
    name: whole.name,
    size: whole.size,
    reads,
    total: () => reads.reduce((sum, { length }) => sum + length, 0),
    read(offset, into) {
      reads.push({ offset, length: into.length })
      return whole.read(offset, into)
    },
  }
}
