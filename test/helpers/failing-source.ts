/** A source in which some bytes cannot be read, as on a broken disk. */
import type { ByteSource } from '../../src/bytes/source.ts'
import { SystemError } from '../../src/errors.ts'

/** @param from every read that reaches this byte or a later one fails */
export function failingSource(whole: ByteSource, from: number): ByteSource {
  return {
    name: whole.name,
    size: whole.size,
    async read(offset, into) {
      if (offset + into.length > from) throw new SystemError(`Cannot read ${whole.name}: broken disk.`, 'EIO')
      return whole.read(offset, into)
    },
  }
}
