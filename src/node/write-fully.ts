/** Standard streams that are files: when a disk is nearly full, Node's own streams silently drop what did not fit. */
import { fstatSync, writeSync } from 'node:fs'

/**
 * Writes all bytes, or throws.
 * @returns false if the stream is not a regular file; then nothing was written
 * @throws the system's error: ENOSPC, EFBIG, …
 */
export function writeFully(stream: NodeJS.WritableStream, bytes: Uint8Array): boolean {
  const { fd } = stream as { readonly fd?: number }
  if (fd === undefined || !fstatSync(fd).isFile()) return false
  for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done)
  return true
}
