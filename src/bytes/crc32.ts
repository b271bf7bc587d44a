/** CRC-32 of zip archives (ISO 3309, polynomial 0xEDB88320): Node's own if available, otherwise with a table. */

type Crc32 = (bytes: Uint8Array, before?: number) => number

/** Accessed through the process object, so that a browser bundle needs no substitute for `node:zlib`. */
const native: Crc32 | undefined = globalThis.process?.getBuiltinModule?.('node:zlib')?.crc32

/** The checksum of `bytes`, continued from that of the bytes before them (0 at the start). */
export const crc32: Crc32 = native ?? crc32ByTable

const TABLE = new Uint32Array(256).map((_, index) => {
  let value = index
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
  return value
})

/** The same in plain JavaScript: for browsers, and for the test that compares both. */
export function crc32ByTable(bytes: Uint8Array, before = 0): number {
  let crc = ~before
  for (let i = 0; i < bytes.length; i++) crc = TABLE[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8)
  return ~crc >>> 0
}
