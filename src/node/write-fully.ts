/** Standard streams that are files: Node's own streams drop what a nearly full disk did not take, without a word. */
import { fstatSync, writeSync } from 'node:fs'

/**
 * Writes all bytes, or throws.
 * @returns false where the stream is not a regular file, and nothing was written
 * @throws Error of the system: ENOSPC, EFBIG, …
 */
export function writeFully(stream: NodeJS.WritableStream, bytes: Uint8Array): boolean {
  const { fd } = stream as { readonly fd?: number }
  if (fd === undefined || !fstatSync(fd).isFile()) return false
  for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done)
  return true
}
