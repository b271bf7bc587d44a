/** Copies a range of a source through a small buffer. */
import { crc32 } from './crc32.ts'
import { withScratch } from './scratch.ts'
import type { ByteSource } from './source.ts'

/** Passes on bytes of a source, in order and in constant memory; returns their CRC-32. */
export function copyRange(
  source: ByteSource,
  offset: number,
  length: number,
  write: (chunk: Uint8Array) => Promise<void>,
): Promise<number> {
  return withScratch(async buffer => {
    let crc = 0
    for (let done = 0; done < length; done += buffer.length) {
      const chunk = buffer.subarray(0, Math.min(buffer.length, length - done))
      await source.read(offset + done, chunk)
      crc = crc32(chunk, crc)
      await write(chunk)
    }
    return crc
  })
}
