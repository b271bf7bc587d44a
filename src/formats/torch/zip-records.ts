/** The small records of a zip archive: version, byte order, alignment. */
import { latin1 } from '../../bytes/text.ts'
import { FormatError } from '../../errors.ts'
import { readEntry } from '../../zip/entry.ts'
import type { ZipArchive, ZipEntry } from '../../zip/read.ts'
import { RECORD, VERSIONS } from './layout.ts'

/** Finds an entry by its name inside the top folder. */
export type Records = (name: string) => ZipEntry | undefined

/** Whether PyTorch 2.x would reject the alignment: it uses Python's `int` (torch/serialization.py `_load`). */
export async function hasOddAlignment(archive: ZipArchive, record: Records): Promise<boolean> {
  const alignment = record(RECORD.alignment)
  return (
    alignment !== undefined &&
    !/^[ \t\n\v\f\r]*[+-]?\d+(_\d+)*[ \t\n\v\f\r]*$/.test(latin1(await readEntry(archive, alignment, 100)))
  )
}

/** @throws FormatError for a version that PyTorch does not read */
export async function checkVersion(archive: ZipArchive, record: Records): Promise<void> {
  // In PyTorch's order (caffe2/serialize/inline_container.cc, `init`).
  const entry = record(RECORD.versionElsewhere) ?? record(RECORD.version)
  const text = entry && latin1(await readEntry(archive, entry, 100))
  const version = parseVersion(text ?? '')
  if (version >= VERSIONS.min && version <= VERSIONS.max) return
  const place = { source: `${archive.source.name}!${entry?.name ?? RECORD.version}` }
  const found = text === undefined ? 'no such record' : JSON.stringify(text)
  throw new FormatError(
    place,
    `expected a version from ${VERSIONS.min} to ${VERSIONS.max}, found ${found}.`,
    'PyTorch cannot read this file either: save it again.',
  )
}

/** Like `std::stoull`: blanks before it and any text after it are allowed. */
function parseVersion(text: string): number {
  const [, digits] = /^[ \t\n\v\f\r]*\+?(\d+)/.exec(text) ?? []
  return digits === undefined ? Number.NaN : Number(digits)
}

/** @throws FormatError for a word that PyTorch does not know */
export async function readByteOrder(archive: ZipArchive, record: Records): Promise<'little' | 'big'> {
  const entry = record(RECORD.byteOrder)
  if (!entry) return 'little'
  const text = new TextDecoder().decode(await readEntry(archive, entry, 100))
  if (text === 'little' || text === 'big') return text
  throw new FormatError(
    { source: `${archive.source.name}!${entry.name}` },
    `expected 'little' or 'big', found ${JSON.stringify(text)}.`,
    'PyTorch cannot read this file either: save it again.',
  )
}
