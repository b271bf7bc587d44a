/** Finds the central directory from the end of the archive, and checks that it ends exactly there. */
import { type ByteSource, readBytes } from '../bytes/source.ts'
import { FormatError } from '../errors.ts'
import {
  END_RECORD,
  MAX_COMMENT,
  MAX_DIRECTORY_SIZE,
  MAX_ENTRIES,
  MAX_U16,
  MAX_U32,
  readRecord,
  viewOf,
  ZIP64_END_RECORD,
  ZIP64_LOCATOR,
} from './layout.ts'

export interface Directory {
  readonly offset: number
  readonly size: number
  readonly entries: number
}

/**
 * PyTorch always prefers the zip64 record, other readers only if the end record requires it, so both must agree. The
 * directory must end where the end records begin: nothing can hide between them.
 */
export async function locateDirectory(source: ByteSource): Promise<Directory> {
  const tail = await readTail(source)
  const end = findEndRecord(source, tail)
  const narrow = readRecord(END_RECORD, viewOf(tail.bytes), end - tail.start)
  const wide = await readZip64(source, end)
  const place = { source: source.name, offset: end }
  if (wide ? wide.isSplit || narrow.disk + narrow.directoryDisk > 0 : isSplit(narrow))
    throw new FormatError(place, 'this is one part of a split archive.', 'Join the parts first.')
  if (wide) requireAgreement(place, narrow, wide.directory)
  const directory = wide?.directory ?? {
    offset: narrow.directoryOffset,
    size: narrow.directorySize,
    entries: narrow.entries,
  }
  const expectedEnd = wide?.start ?? end
  if (directory.offset + directory.size !== expectedEnd)
    throw new FormatError(
      place,
      `the central directory should end at byte ${expectedEnd}, but according to its record, it begins at ` +
        `${directory.offset} and has ${directory.size} bytes.`,
      'Bytes were added, removed or hidden in the archive: download it again, or save it again from PyTorch.',
    )
  if (directory.size > MAX_DIRECTORY_SIZE || directory.entries > MAX_ENTRIES)
    throw new FormatError(
      place,
      `the central directory has ${directory.entries} entries in ${directory.size} bytes; the limits are ${MAX_ENTRIES} and ${MAX_DIRECTORY_SIZE}.`,
      'No known checkpoint comes close. If this one is real, save it again with fewer tensors.',
    )
  return directory
}

/** By the numbers of disks and entries. With zip64, its number of entries counts. */
function isSplit({ disk, directoryDisk, entriesOnDisk, entries }: Disks): boolean {
  return disk !== 0 || directoryDisk !== 0 || entriesOnDisk !== entries
}

interface Disks {
  readonly disk: number
  readonly directoryDisk: number
  readonly entriesOnDisk: number
  readonly entries: number
}

interface Tail {
  readonly start: number
  readonly bytes: Uint8Array
}

async function readTail(source: ByteSource): Promise<Tail> {
  // Nearly every archive ends in an end record without a comment: try the last kilobyte first.
  const bytes = await readBytes(source, Math.max(0, source.size - 1024), Math.min(1024, source.size))
  const short = { start: source.size - bytes.length, bytes }
  if (lastEndRecord(short) >= 0) return short
  const length = Math.min(source.size, END_RECORD.size + MAX_COMMENT)
  return { start: source.size - length, bytes: await readBytes(source, source.size - length, length) }
}

/** The index of the last end record in the tail, or -1. */
function lastEndRecord(tail: Tail): number {
  const view = viewOf(tail.bytes)
  for (let at = tail.bytes.length - END_RECORD.size; at >= 0; at--)
    if (view.getUint32(at, true) === END_RECORD.signature) return at
  return -1
}

function findEndRecord(source: ByteSource, tail: Tail): number {
  const at = lastEndRecord(tail)
  if (at < 0)
    throw new FormatError(
      { source: source.name, offset: source.size },
      `the archive has no end: its central directory should be the last thing in the file, which has ${source.size} bytes.`,
      'The file is cut short, as an interrupted download is: compare its size with the original and download it again.',
    )
  const { commentLength } = readRecord(END_RECORD, viewOf(tail.bytes), at)
  const end = tail.start + at + END_RECORD.size + commentLength
  if (end !== source.size)
    throw new FormatError(
      { source: source.name, offset: tail.start + at },
      `the archive ends at byte ${end} according to its records, but the file has ${source.size} bytes.`,
      'Bytes were added to the file or lost from it: download it again.',
    )
  return tail.start + at
}

async function readZip64(
  source: ByteSource,
  end: number,
): Promise<{ start: number; isSplit: boolean; directory: Directory } | undefined> {
  const locatorAt = end - ZIP64_LOCATOR.size
  const start = locatorAt - ZIP64_END_RECORD.size
  if (start < 0) return undefined
  const view = viewOf(await readBytes(source, start, end - start))
  if (view.getUint32(ZIP64_END_RECORD.size, true) !== ZIP64_LOCATOR.signature) return undefined
  const locator = readRecord(ZIP64_LOCATOR, view, ZIP64_END_RECORD.size)
  const place = { source: source.name, offset: locatorAt }
  if (locator.recordOffset !== start || view.getUint32(0, true) !== ZIP64_END_RECORD.signature)
    throw new FormatError(
      place,
      `expected the zip64 end record right before its locator, at byte ${start}, found it announced at ${locator.recordOffset}.`,
      'Bytes were added, removed or hidden in the archive: download it again, or save it again from PyTorch.',
    )
  const record = readRecord(ZIP64_END_RECORD, view, 0)
  if (record.recordSize < ZIP64_END_RECORD.size - RECORD_SIZE_FROM)
    throw new FormatError(place, `the zip64 end record says that it has ${record.recordSize} bytes.`, DAMAGED)
  return {
    start,
    isSplit: isSplit(record) || locator.disk !== 0 || locator.disks !== 1,
    directory: { offset: record.directoryOffset, size: record.directorySize, entries: record.entries },
  }
}

/** The record's size is counted from after the size field. */
const RECORD_SIZE_FROM = 12

const DAMAGED = 'The archive was edited: save it again from PyTorch.'

function requireAgreement(
  place: { source: string; offset: number },
  narrow: { entries: number; directorySize: number; directoryOffset: number },
  wide: Directory,
): void {
  const pairs = [
    ['number of entries', narrow.entries, MAX_U16, wide.entries],
    ['directory size', narrow.directorySize, MAX_U32, wide.size],
    ['directory offset', narrow.directoryOffset, MAX_U32, wide.offset],
  ] as const
  for (const [what, short, sentinel, long] of pairs)
    if (short !== sentinel && short !== long)
      throw new FormatError(
        place,
        `the two end records disagree on the ${what}: ${short} and ${long}. Readers would see different archives.`,
        DAMAGED,
      )
}
