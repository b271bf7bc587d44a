/** PNG files of 8-bit RGB (RFC 2083). */
import { crc32 } from '../bytes/crc32.ts'
import type { Picture } from './picture.ts'

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
const TRUE_COLOUR = 2

/** The bytes of the file. */
export async function encodePng({ width, height, rgb }: Picture): Promise<Uint8Array> {
  const header = new Uint8Array(13)
  const view = new DataView(header.buffer)
  view.setUint32(0, width)
  view.setUint32(4, height)
  header.set([8, TRUE_COLOUR, 0, 0, 0], 8)
  const parts = [
    Uint8Array.from(SIGNATURE),
    chunk('IHDR', header),
    chunk('IDAT', await deflate(withFilterBytes(rgb, 3 * width))),
    chunk('IEND', new Uint8Array(0)),
  ]
  return new Uint8Array(await new Blob(parts as BlobPart[]).arrayBuffer())
}

/** Every row begins with its filter type: here 0, none. */
function withFilterBytes(rgb: Uint8Array, stride: number): Uint8Array {
  const rows = rgb.length / stride
  const all = new Uint8Array(rgb.length + rows)
  for (let row = 0; row < rows; row++)
    all.set(rgb.subarray(row * stride, (row + 1) * stride), row * (stride + 1) + 1)
  return all
}

/** Length, name, data, and the CRC-32 of name and data. */
export function chunk(name: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + data.length)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, data.length)
  bytes.set(new TextEncoder().encode(name), 4)
  bytes.set(data, 8)
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)))
  return bytes
}

async function deflate(bytes: Uint8Array): Promise<Uint8Array> {
  const packed = new Blob([bytes as BlobPart]).stream().pipeThrough(new CompressionStream('deflate'))
  return new Uint8Array(await new Response(packed).arrayBuffer())
}
