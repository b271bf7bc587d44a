/**
 * Writes zip archives of stored entries whose data is aligned, as PyTorch does (readers other than PyTorch that memory-map
 * the file need this). Never seeks: sizes and checksums follow the data.
 */
import { concat } from '../bytes/concat.ts'
import type { ByteSink } from '../bytes/sink.ts'
import {
  CENTRAL_RECORD,
  DESCRIPTOR_SIGNATURE,
  END_RECORD,
  FLAG,
  LOCAL_HEADER,
  MAX_U16,
  MAX_U32,
  PADDING_EXTRA_ID,
  viewOf,
  writeRecord,
  ZIP64_END_RECORD,
  ZIP64_EXTRA_ID,
  ZIP64_LOCATOR,
} from './layout.ts'

/** PyTorch's own (`FieldAlignment` in caffe2/serialize/inline_container.h). */
const ALIGNMENT = 64

/** Zip version 4.5, the first with zip64; made by Unix. The same as PyTorch. */
const VERSION_MADE_BY = 0x031e
const VERSION_NEEDED = 45

export interface ZipWriter {
  /**
   * Writes one entry.
   * @param size of the data in bytes
   * @param write passes exactly `size` bytes to the sink and returns their CRC-32
   */
  add(name: string, size: number, write: (sink: ByteSink) => Promise<number>): Promise<void>
  /** Writes the central directory. The caller must finish the sink. */
  end(): Promise<void>
}

interface Written {
  readonly name: Uint8Array
  readonly flags: number
  readonly crc: number
  readonly size: number
  readonly offset: number
}

export function zipWriter(sink: ByteSink): ZipWriter {
  const entries: Written[] = []
  return {
    async add(text, size, write) {
      const name = new TextEncoder().encode(text)
      const offset = sink.position
      // An empty entry needs no descriptor.
      const flags = FLAG.utf8 | (size > 0 ? FLAG.descriptor : 0)
      await sink.write(localHeader(name, flags, size, offset))
      const start = sink.position
      const crc = await write(sink)
      if (sink.position - start !== size)
        throw new Error(`${text}: expected ${size} bytes to be written, found ${sink.position - start}`)
      if (size > 0) await sink.write(descriptor(crc, size))
      entries.push({ name, flags, crc, size, offset })
    },
    async end() {
      const offset = sink.position
      for (const entry of entries) await sink.write(centralRecord(entry))
      await sink.write(endRecords(entries.length, offset, sink.position - offset))
    },
  }
}

function localHeader(name: Uint8Array, flags: number, size: number, offset: number): Uint8Array {
  // The real sizes are in the descriptor; this field tells readers that they have 8 bytes there.
  const zip64 = size >= MAX_U32 ? extraField(ZIP64_EXTRA_ID, wideNumbers([0, 0])) : new Uint8Array(0)
  const dataStart = offset + LOCAL_HEADER.size + name.length + zip64.length + 4
  const padding = extraField(PADDING_EXTRA_ID, new Uint8Array(padTo(dataStart)).fill(0x5a)) // "Z"
  const header = writeRecord(LOCAL_HEADER, {
    versionNeeded: zip64.length > 0 ? VERSION_NEEDED : 0,
    flags,
    compressedSize: zip64.length > 0 ? MAX_U32 : 0,
    size: zip64.length > 0 ? MAX_U32 : 0,
    nameLength: name.length,
    extraLength: zip64.length + padding.length,
  })
  return concat([header, name, zip64, padding])
}

function padTo(offset: number): number {
  return (ALIGNMENT - (offset % ALIGNMENT)) % ALIGNMENT
}

function descriptor(crc: number, size: number): Uint8Array {
  const wide = size >= MAX_U32
  const bytes = new Uint8Array(wide ? 24 : 16)
  const view = viewOf(bytes)
  view.setUint32(0, DESCRIPTOR_SIGNATURE, true)
  view.setUint32(4, crc, true)
  if (wide) {
    view.setBigUint64(8, BigInt(size), true)
    view.setBigUint64(16, BigInt(size), true)
  } else {
    view.setUint32(8, size, true)
    view.setUint32(12, size, true)
  }
  return bytes
}

function centralRecord({ name, flags, crc, size, offset }: Written): Uint8Array {
  const wide = [...(size >= MAX_U32 ? [size, size] : []), ...(offset >= MAX_U32 ? [offset] : [])]
  const extra = wide.length > 0 ? extraField(ZIP64_EXTRA_ID, wideNumbers(wide)) : new Uint8Array(0)
  const record = writeRecord(CENTRAL_RECORD, {
    versionNeeded: wide.length > 0 ? VERSION_NEEDED : 0,
    flags,
    crc,
    compressedSize: Math.min(size, MAX_U32),
    size: Math.min(size, MAX_U32),
    nameLength: name.length,
    extraLength: extra.length,
    offset: Math.min(offset, MAX_U32),
  })
  return concat([record, name, extra])
}

/** The zip64 records are only written if needed: otherwise some readers (jszip) search for them in vain. */
function endRecords(count: number, offset: number, size: number): Uint8Array {
  const end = writeRecord(END_RECORD, {
    entriesOnDisk: Math.min(count, MAX_U16),
    entries: Math.min(count, MAX_U16),
    directorySize: Math.min(size, MAX_U32),
    directoryOffset: Math.min(offset, MAX_U32),
  })
  if (count < MAX_U16 && size < MAX_U32 && offset < MAX_U32) return end
  const wide = writeRecord(ZIP64_END_RECORD, {
    recordSize: ZIP64_END_RECORD.size - 12,
    versionMadeBy: VERSION_MADE_BY,
    versionNeeded: VERSION_NEEDED,
    entriesOnDisk: count,
    entries: count,
    directorySize: size,
    directoryOffset: offset,
  })
  const locator = writeRecord(ZIP64_LOCATOR, { recordOffset: offset + size, disks: 1 })
  return concat([wide, locator, end])
}

function extraField(id: number, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + data.length)
  viewOf(bytes).setUint16(0, id, true)
  viewOf(bytes).setUint16(2, data.length, true)
  bytes.set(data, 4)
  return bytes
}

function wideNumbers(values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(8 * values.length)
  values.forEach((value, index) => {
    viewOf(bytes).setBigUint64(8 * index, BigInt(value), true)
  })
  return bytes
}
