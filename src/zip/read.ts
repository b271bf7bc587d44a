/** Reads zip archives like PyTorch's reader (miniz), but refuses files that two readers could interpret differently. */
import { type ByteSource, readBytes } from '../bytes/source.ts'
import { decodeText } from '../bytes/text.ts'
import { FormatError, UnsupportedError } from '../errors.ts'
import { type Directory, locateDirectory } from './end.ts'
import {
  ATTRIBUTE_FOLDER,
  CENTRAL_RECORD,
  FLAGS_REFUSED,
  LOCAL_HEADER,
  MAX_U32,
  METHOD,
  readRecord,
  viewOf,
  ZIP64_EXTRA_ID,
} from './layout.ts'

/** An entry in the central directory. */
export interface ZipEntry {
  readonly name: string
  readonly method: number
  /** CRC-32 of the data; 0 with non-empty data means that the writer did not compute it. */
  readonly crc: number
  readonly compressedSize: number
  readonly size: number
  /** The start of its local header. */
  readonly offset: number
  /** The start of the next entry, or of the central directory: this entry must end before. */
  readonly limit: number
  /** The local header must have the same. */
  readonly rawName: Uint8Array
  readonly flags: number
}

export interface ZipArchive {
  readonly source: ByteSource
  /** By name, in the order of the central directory. */
  readonly entries: ReadonlyMap<string, ZipEntry>
}

/**
 * Reads the central directory; `openEntry` reads entries.
 * @throws FormatError when the archive is cut short, damaged, or ambiguous
 * @throws UnsupportedError when entries are encrypted or use another compression than deflate
 */
export async function readZip(source: ByteSource): Promise<ZipArchive> {
  const directory = await locateDirectory(source)
  const bytes = await readBytes(source, directory.offset, directory.size)
  const found = parseDirectory(source, bytes, directory)
  return { source, entries: byName(source, withLimits(source, found)) }
}

/** An entry whose limit is not yet known: until then, the start of the directory. */
type UnboundedEntry = Omit<ZipEntry, 'limit'> & { limit: number }

function parseDirectory(source: ByteSource, bytes: Uint8Array, directory: Directory): UnboundedEntry[] {
  const view = viewOf(bytes)
  const entries: UnboundedEntry[] = []
  let at = 0
  while (at < bytes.length) {
    const place = { source: source.name, offset: directory.offset + at }
    if (at + CENTRAL_RECORD.size > bytes.length || view.getUint32(at, true) !== CENTRAL_RECORD.signature)
      throw new FormatError(
        place,
        'expected a central directory record ("PK\\1\\2"), found something else.',
        DAMAGED,
      )
    const fields = readRecord(CENTRAL_RECORD, view, at)
    const nameStart = at + CENTRAL_RECORD.size
    const extraStart = nameStart + fields.nameLength
    const next = extraStart + fields.extraLength + fields.commentLength
    if (next > bytes.length)
      throw new FormatError(
        place,
        'a central directory record reaches past the end of the directory.',
        DAMAGED,
      )
    const rawName = bytes.subarray(nameStart, extraStart)
    // UTF-8 if valid, regardless of the flag: PyTorch compares bytes.
    const name = decodeText(rawName)
    const extra = bytes.subarray(extraStart, extraStart + fields.extraLength)
    const { size, compressedSize, offset } = widen(fields, extra, place)
    const { method, flags, crc } = fields
    const entry = { name, rawName, method, flags, crc, size, compressedSize, offset, limit: directory.offset }
    checkEntry(source, entry, fields, place)
    entries.push(entry)
    at = next
  }
  if (entries.length !== directory.entries)
    throw new FormatError(
      { source: source.name, offset: directory.offset },
      `expected ${directory.entries} entries in the central directory, found ${entries.length}.`,
      DAMAGED,
    )
  return entries
}

/** Advice for inconsistent archives. */
export const DAMAGED =
  'The archive is damaged or was edited: download it again, or save it again from PyTorch.'

interface Sizes {
  readonly size: number
  readonly compressedSize: number
  readonly offset: number
}

/** Replaces fields of 0xffffffff by those of the zip64 extra field, in the order that the format requires. */
function widen(fields: Sizes, extra: Uint8Array, place: { source: string; offset: number }): Sizes {
  const { size, compressedSize, offset } = fields
  if (size !== MAX_U32 && compressedSize !== MAX_U32 && offset !== MAX_U32) return fields
  const narrow = { size, compressedSize, offset }
  const missing = (['size', 'compressedSize', 'offset'] as const).filter(name => narrow[name] === MAX_U32)
  const values = findExtra(extra, ZIP64_EXTRA_ID)
  if (values === undefined || values.length < 8 * missing.length)
    throw new FormatError(
      place,
      'a size of 4 GiB or more is announced, but the zip64 field that should have it is missing.',
      DAMAGED,
    )
  const view = viewOf(values)
  missing.forEach((name, index) => {
    narrow[name] = Number(view.getBigUint64(8 * index, true))
  })
  return narrow
}

function findExtra(extra: Uint8Array, id: number): Uint8Array | undefined {
  const view = viewOf(extra)
  let at = 0
  while (at + 4 <= extra.length) {
    const length = view.getUint16(at + 2, true)
    if (at + 4 + length > extra.length) return undefined
    if (view.getUint16(at, true) === id) return extra.subarray(at + 4, at + 4 + length)
    at += 4 + length
  }
  return undefined
}

function checkEntry(
  source: ByteSource,
  entry: ZipEntry,
  { disk, externalAttributes }: { disk: number; externalAttributes: number },
  place: { source: string; offset: number },
): void {
  if (entry.flags & FLAGS_REFUSED)
    throw new UnsupportedError(
      `${source.name}: the entry ${JSON.stringify(entry.name)} is encrypted or patched (flags 0x${entry.flags.toString(16)}).`,
      'PyTorch writes no such files and cannot read them: decrypt or unpack the archive first.',
    )
  if (entry.method !== METHOD.stored && entry.method !== METHOD.deflated)
    throw new UnsupportedError(
      `${source.name}: the entry ${JSON.stringify(entry.name)} is compressed with method ${entry.method}; expected 0 (stored) or 8 (deflated).`,
      'PyTorch cannot read it either: unpack the archive and zip it again without compression.',
    )
  if (entry.method === METHOD.stored && entry.size !== entry.compressedSize)
    throw new FormatError(
      place,
      `the stored entry ${JSON.stringify(entry.name)} has two sizes, ${entry.compressedSize} and ${entry.size}.`,
      DAMAGED,
    )
  // PyTorch refuses the whole archive.
  if (entry.size > 0 && entry.compressedSize === 0)
    throw new FormatError(
      place,
      `the entry ${JSON.stringify(entry.name)} has ${entry.size} bytes, but no compressed data.`,
      DAMAGED,
    )
  // PyTorch considers such an entry read, and leaves uninitialised memory in place of the bytes.
  if (entry.size > 0 && (externalAttributes & ATTRIBUTE_FOLDER || entry.name.endsWith('/')))
    throw new FormatError(
      place,
      `the entry ${JSON.stringify(entry.name)} is a folder, but has ${entry.size} bytes.`,
      DAMAGED,
    )
  if (disk !== 0)
    throw new FormatError(
      place,
      `the entry ${JSON.stringify(entry.name)} is on disk ${disk} of a split archive.`,
      'Join the parts first.',
    )
}

/** Sets each entry's limit to the start of the next, and refuses entries that exceed it. */
function withLimits(source: ByteSource, entries: UnboundedEntry[]): ZipEntry[] {
  const ordered = [...entries].sort((a, b) => a.offset - b.offset)
  ordered.forEach((entry, index) => {
    entry.limit = ordered[index + 1]?.offset ?? entry.limit
    // Without the extra field, whose length is known once the local header is read.
    const end = entry.offset + LOCAL_HEADER.size + entry.rawName.length + entry.compressedSize
    if (!(end <= entry.limit))
      throw new FormatError(
        { source: source.name, offset: entry.offset },
        `the entry ${JSON.stringify(entry.name)} overlaps what comes after it: it needs ${end - entry.offset} bytes, ` +
          `found ${entry.limit - entry.offset}.`,
        DAMAGED,
      )
  })
  return entries
}

/** PyTorch ignores case in names, and picks one of two equal ones at random: such archives are refused. */
function byName(source: ByteSource, entries: ZipEntry[]): Map<string, ZipEntry> {
  const seen = new Map<string, ZipEntry>()
  const folded = new Set<string>()
  for (const entry of entries) {
    const key = entry.name.toLowerCase()
    if (folded.has(key))
      throw new FormatError(
        { source: source.name, offset: entry.offset },
        `two entries are named ${JSON.stringify(entry.name)}: which one is used depends on the reader.`,
        DAMAGED,
      )
    folded.add(key)
    seen.set(entry.name, entry)
  }
  return seen
}
