/** A file that was chosen in a browser, or any other Blob: parts are read on demand. */
import { SystemError } from '../errors.ts'
import { type ByteSource, checkRange } from './source.ts'

/** A source that reads a `Blob` or `File`; the name of a `File` is the default. */
export function blobSource(blob: Blob, name = 'name' in blob ? String(blob.name) : 'blob'): ByteSource {
  return {
    name,
    size: blob.size,
    async read(offset, into) {
      checkRange(this, offset, into.length)
      into.set(new Uint8Array(await readPart(blob, offset, into.length, name)))
    },
  }
}

/** A file that has changed or gone since it was chosen cannot be read anymore: browsers throw NotReadableError. */
async function readPart(blob: Blob, offset: number, length: number, name: string): Promise<ArrayBuffer> {
  try {
    return await blob.slice(offset, offset + length).arrayBuffer()
  } catch (cause) {
    const code = cause instanceof Error ? cause.name : 'unknown'
    throw new SystemError(`${name} cannot be read: ${code}.`, code, 'Choose the file again.', { cause })
  }
}
