/**
 * Zip archives, record by record (APPNOTE.TXT 6.3.10). All numbers are little-endian.
 *
 * ```
 * [local header, name, extra][data][descriptor]   one of these per entry
 * ...
 * [central record, name, extra, comment]          one of these per entry, in the same order
 * ...
 * [zip64 end record][zip64 locator]               only where a number does not fit below
 * [end record, comment]
 * ```
 */

/** A number in a record: its position from the start of the record, and its size in bytes. */
export interface Field {
  readonly at: number
  readonly width: 2 | 4 | 8
}

interface RecordLayout {
  readonly signature: number
  readonly size: number
  readonly fields: Readonly<Record<string, Field>>
}

export const LOCAL_HEADER = {
  signature: 0x04034b50, // "PK\3\4"
  size: 30,
  fields: {
    versionNeeded: { at: 4, width: 2 },
    flags: { at: 6, width: 2 },
    method: { at: 8, width: 2 },
    // 10 - time, 12 - date: not used, so that equal content gives equal bytes
    crc: { at: 14, width: 4 },
    compressedSize: { at: 18, width: 4 },
    size: { at: 22, width: 4 },
    nameLength: { at: 26, width: 2 },
    extraLength: { at: 28, width: 2 },
  },
} as const satisfies RecordLayout

export const CENTRAL_RECORD = {
  signature: 0x02014b50, // "PK\1\2"
  size: 46,
  fields: {
    versionMadeBy: { at: 4, width: 2 },
    versionNeeded: { at: 6, width: 2 },
    flags: { at: 8, width: 2 },
    method: { at: 10, width: 2 },
    // 12 - time, 14 - date
    crc: { at: 16, width: 4 },
    compressedSize: { at: 20, width: 4 },
    size: { at: 24, width: 4 },
    nameLength: { at: 28, width: 2 },
    extraLength: { at: 30, width: 2 },
    commentLength: { at: 32, width: 2 },
    disk: { at: 34, width: 2 },
    // 36 - internal attributes
    externalAttributes: { at: 38, width: 4 },
    offset: { at: 42, width: 4 },
  },
} as const satisfies RecordLayout

export const END_RECORD = {
  signature: 0x06054b50, // "PK\5\6"
  size: 22,
  fields: {
    disk: { at: 4, width: 2 },
    directoryDisk: { at: 6, width: 2 },
    entriesOnDisk: { at: 8, width: 2 },
    entries: { at: 10, width: 2 },
    directorySize: { at: 12, width: 4 },
    directoryOffset: { at: 16, width: 4 },
    commentLength: { at: 20, width: 2 },
  },
} as const satisfies RecordLayout

export const ZIP64_END_RECORD = {
  signature: 0x06064b50, // "PK\6\6"
  size: 56,
  fields: {
    /** The size of the rest of this record: 44. */
    recordSize: { at: 4, width: 8 },
    versionMadeBy: { at: 12, width: 2 },
    versionNeeded: { at: 14, width: 2 },
    disk: { at: 16, width: 4 },
    directoryDisk: { at: 20, width: 4 },
    entriesOnDisk: { at: 24, width: 8 },
    entries: { at: 32, width: 8 },
    directorySize: { at: 40, width: 8 },
    directoryOffset: { at: 48, width: 8 },
  },
} as const satisfies RecordLayout

export const ZIP64_LOCATOR = {
  signature: 0x07064b50, // "PK\6\7"
  size: 20,
  fields: {
    /** The disk with the zip64 end record. */
    disk: { at: 4, width: 4 },
    recordOffset: { at: 8, width: 8 },
    disks: { at: 16, width: 4 },
  },
} as const satisfies RecordLayout

/** Follows the data if sizes and checksum were unknown before; in zip64, the sizes have 8 bytes. */
export const DESCRIPTOR_SIGNATURE = 0x08074b50 // "PK\7\8"

export const METHOD = { stored: 0, deflated: 8 } as const

export const FLAG = {
  encrypted: 0x0001,
  descriptor: 0x0008,
  patched: 0x0020,
  stronglyEncrypted: 0x0040,
  utf8: 0x0800,
  maskedHeaders: 0x2000,
} as const

/** Flags of entries whose stored bytes are not the plain data. */
export const FLAGS_REFUSED = FLAG.encrypted | FLAG.patched | FLAG.stronglyEncrypted | FLAG.maskedHeaders

/** Extra field for numbers that do not fit in four bytes. */
export const ZIP64_EXTRA_ID = 0x0001

/** Extra field that PyTorch uses as padding, to align the data: "FB" (caffe2/serialize/inline_container.cc). */
export const PADDING_EXTRA_ID = 0x4246

/** The value of a 4-byte field whose real number is in the zip64 extra field; likewise for 2 bytes. */
export const MAX_U32 = 0xffffffff
export const MAX_U16 = 0xffff

/** The longest comment after the end record, so the record is searched for in this much of the tail. */
export const MAX_COMMENT = 0xffff

/** External attribute of folders (MS-DOS); miniz never reads the bytes of such an entry. */
export const ATTRIBUTE_FOLDER = 0x10

/**
 * Archives with more entries, or a larger central directory, are refused before allocating memory. Checkpoints have one entry
 * per storage: the largest public ones have some ten thousand, at about 80 bytes each.
 */
export const MAX_ENTRIES = 250_000
export const MAX_DIRECTORY_SIZE = 64 * 1024 * 1024

type Values<L extends RecordLayout> = { [K in keyof L['fields']]: number }

/** Reads every field of the record at `at`. Numbers beyond 2^53 are inexact, but larger than any file. */
export function readRecord<L extends RecordLayout>(layout: L, bytes: DataView, at: number): Values<L> {
  const values: Record<string, number> = {}
  for (const name in layout.fields) {
    const field = layout.fields[name]!
    if (field.width === 2) values[name] = bytes.getUint16(at + field.at, true)
    else if (field.width === 4) values[name] = bytes.getUint32(at + field.at, true)
    else values[name] = Number(bytes.getBigUint64(at + field.at, true))
  }
  return values as Values<L>
}

/** The bytes of a record: its signature and the given fields; the rest is zero. */
export function writeRecord<L extends RecordLayout>(layout: L, values: Partial<Values<L>>): Uint8Array {
  const bytes = new Uint8Array(layout.size)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, layout.signature, true)
  const given = values as Record<string, number>
  for (const name in given) {
    const field = layout.fields[name]!
    const value = given[name]!
    if (field.width === 2) view.setUint16(field.at, value, true)
    else if (field.width === 4) view.setUint32(field.at, value, true)
    else view.setBigUint64(field.at, BigInt(value), true)
  }
  return bytes
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
