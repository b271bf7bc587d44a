/** Hand-made archives, in which each number can be made wrong. */
import { deflateRawSync } from 'node:zlib'
import { crc32ByTable } from '../../src/bytes/crc32.ts'
import { memorySource } from '../../src/bytes/source.ts'
import {
  CENTRAL_RECORD,
  END_RECORD,
  LOCAL_HEADER,
  writeRecord,
  ZIP64_END_RECORD,
  ZIP64_LOCATOR,
} from '../../src/zip/layout.ts'
import { readZip, type ZipArchive } from '../../src/zip/read.ts'

type Fields<L extends { readonly fields: object }> = { [K in keyof L['fields']]?: number }

export interface ZipPart {
  readonly name: string | Uint8Array
  readonly data?: Uint8Array
  /** Numbers that differ from the correct ones. */
  readonly local?: Fields<typeof LOCAL_HEADER>
  readonly central?: Fields<typeof CENTRAL_RECORD>
  readonly localName?: string
  readonly localExtra?: Uint8Array
  readonly centralExtra?: Uint8Array
  /** Omitted from the central directory. */
  readonly unlisted?: true
}

export interface ZipShape {
  readonly before?: Uint8Array
  /** Between the directory and the end records. */
  readonly hidden?: Uint8Array
  readonly end?: Fields<typeof END_RECORD>
  readonly comment?: Uint8Array
  readonly after?: Uint8Array
  /** Also writes the zip64 end record and its locator, with these numbers changed. */
  readonly zip64?: Fields<typeof ZIP64_END_RECORD>
  readonly locator?: Fields<typeof ZIP64_LOCATOR>
}

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

/** The same entry, deflated. */
export function deflated(part: ZipPart): ZipPart {
  const plain = part.data!
  const data = new Uint8Array(deflateRawSync(plain))
  const numbers = {
    method: 8,
    crc: crc32ByTable(plain),
    size: plain.length,
    compressedSize: data.length,
  }
  return { ...part, data, local: numbers, central: numbers }
}

const NOTHING = new Uint8Array(0)

export function zipBytes(parts: readonly ZipPart[], shape: ZipShape = {}): Uint8Array {
  const out: Uint8Array[] = [shape.before ?? NOTHING]
  const length = (): number => out.reduce((sum, piece) => sum + piece.length, 0)
  const records: Uint8Array[] = []
  for (const part of parts) {
    const offset = length()
    out.push(...localPieces(part))
    if (!part.unlisted) records.push(...centralPieces(part, offset))
  }
  const numbers = {
    entries: parts.filter(part => !part.unlisted).length,
    entriesOnDisk: parts.filter(part => !part.unlisted).length,
    directorySize: records.reduce((sum, piece) => sum + piece.length, 0),
    directoryOffset: length(),
  }
  out.push(...records, shape.hidden ?? NOTHING)
  if (shape.zip64) {
    const recordOffset = length()
    out.push(writeRecord(ZIP64_END_RECORD, { recordSize: 44, ...numbers, ...shape.zip64 }))
    out.push(writeRecord(ZIP64_LOCATOR, { recordOffset, disks: 1, ...shape.locator }))
  }
  const comment = shape.comment ?? NOTHING
  out.push(writeRecord(END_RECORD, { ...numbers, commentLength: comment.length, ...shape.end }))
  out.push(comment, shape.after ?? NOTHING)
  return new Uint8Array(Buffer.concat(out))
}

function rawName({ name }: ZipPart): Uint8Array {
  return typeof name === 'string' ? utf8(name) : name
}

function numbersOf(part: ZipPart) {
  const data = part.data ?? NOTHING
  return { crc: crc32ByTable(data), size: data.length, compressedSize: data.length }
}

function localPieces(part: ZipPart): Uint8Array[] {
  const name = part.localName === undefined ? rawName(part) : utf8(part.localName)
  const extra = part.localExtra ?? NOTHING
  const header = writeRecord(LOCAL_HEADER, {
    ...numbersOf(part),
    nameLength: name.length,
    extraLength: extra.length,
    ...part.local,
  })
  return [header, name, extra, part.data ?? NOTHING]
}

function centralPieces(part: ZipPart, offset: number): Uint8Array[] {
  const name = rawName(part)
  const extra = part.centralExtra ?? NOTHING
  const record = writeRecord(CENTRAL_RECORD, {
    ...numbersOf(part),
    nameLength: name.length,
    extraLength: extra.length,
    offset,
    ...part.central,
  })
  return [record, name, extra]
}

export function openZip(parts: readonly ZipPart[], shape?: ZipShape): Promise<ZipArchive> {
  return readZip(memorySource(zipBytes(parts, shape), 'test.zip'))
}
