/** The bytes of one entry, as a source: stored data is read in place, deflated data is inflated as it is read. */
import { crc32 } from '../bytes/crc32.ts'
import { inflate } from '../bytes/inflate.ts'
import { type ByteSource, checkRange, chunksOfSource, readBytes, subSource } from '../bytes/source.ts'
import { FormatError, ToolError } from '../errors.ts'
import { FLAGS_REFUSED, LOCAL_HEADER, METHOD, readRecord, viewOf } from './layout.ts'
import { DAMAGED, type ZipArchive, type ZipEntry } from './read.ts'

/**
 * Opens an entry. The checksum is not verified yet: see `checkCrc`.
 * @throws FormatError when the local header contradicts the central directory
 */
export async function openEntry(archive: ZipArchive, entry: ZipEntry): Promise<ByteSource> {
  const name = `${archive.source.name}!${entry.name}`
  const start = await dataOffset(archive, entry, name)
  const raw = subSource(archive.source, start, entry.compressedSize, name)
  return entry.method === METHOD.stored ? raw : inflatedSource(raw, entry.size)
}

/** More than any writer puts between header and data (the extra field). */
const MOST_EXTRA = 64 * 1024

/** Announces that an entry will be read sequentially. */
export function expectEntry({ source }: ZipArchive, entry: ZipEntry): void {
  const most = LOCAL_HEADER.size + entry.rawName.length + entry.compressedSize + MOST_EXTRA
  source.expect?.(entry.offset, Math.min(most, entry.limit - entry.offset))
}

/**
 * Compares a computed checksum with the entry's.
 * @throws FormatError when they differ
 */
export function checkCrc(entry: ZipEntry, name: string, computed: number): void {
  // Writers that skip the computation leave 0 (torch.serialization.set_crc32_options(False)).
  if (computed === entry.crc || entry.crc === 0) return
  throw new FormatError(
    { source: name },
    `expected CRC-32 ${hex(entry.crc)}, found ${hex(computed)}: these ${entry.size} bytes are not what was written.`,
    'The file is damaged: download or copy it again.',
  )
}

/**
 * Reads a whole entry into memory and verifies its checksum.
 * @throws FormatError when it is larger than `limit` bytes, or the checksum differs
 */
export async function readEntry(archive: ZipArchive, entry: ZipEntry, limit: number): Promise<Uint8Array> {
  const source = await openEntry(archive, entry)
  if (entry.size > limit)
    throw new FormatError(
      { source: source.name },
      `expected at most ${limit} bytes, found ${entry.size}.`,
      'No known checkpoint comes close: check where the file comes from.',
    )
  const bytes = await readBytes(source, 0, entry.size)
  checkCrc(entry, source.name, crc32(bytes))
  return bytes
}

/**
 * All bytes of an entry in order.
 * @throws FormatError after the last of them, if the checksum differs
 */
export async function* checkedChunks(archive: ZipArchive, entry: ZipEntry): AsyncGenerator<Uint8Array> {
  const source = await openEntry(archive, entry)
  let crc = 0
  for await (const chunk of chunksOfSource(source)) {
    crc = crc32(chunk, crc)
    yield chunk
  }
  checkCrc(entry, source.name, crc)
}

async function dataOffset(archive: ZipArchive, entry: ZipEntry, name: string): Promise<number> {
  const place = { source: archive.source.name, offset: entry.offset }
  const header = await readBytes(archive.source, entry.offset, LOCAL_HEADER.size + entry.rawName.length)
  const fields = readRecord(LOCAL_HEADER, viewOf(header), 0)
  const problem = headerProblem(header, fields, entry)
  if (problem)
    throw new FormatError(place, `the local header of ${JSON.stringify(entry.name)} ${problem}.`, DAMAGED)
  const start = entry.offset + LOCAL_HEADER.size + fields.nameLength + fields.extraLength
  if (start + entry.compressedSize > entry.limit)
    throw new FormatError(
      place,
      `the data of ${name} overlaps what comes after it: it ends at byte ${start + entry.compressedSize}, but the next record begins at ${entry.limit}.`,
      DAMAGED,
    )
  return start
}

function headerProblem(header: Uint8Array, fields: LocalHeader, entry: ZipEntry): string | undefined {
  if (viewOf(header).getUint32(0, true) !== LOCAL_HEADER.signature) return 'is missing'
  const name = header.subarray(LOCAL_HEADER.size)
  if (
    fields.nameLength !== entry.rawName.length ||
    !name.every((byte, index) => byte === entry.rawName[index])
  )
    return 'has another name'
  if (fields.method !== entry.method) return `says method ${fields.method}, the directory ${entry.method}`
  if (fields.flags & FLAGS_REFUSED) return 'says that the data is encrypted or patched'
  return undefined
}

type LocalHeader = Record<keyof typeof LOCAL_HEADER.fields, number>

/**
 * Inflates while reading, in constant memory. Reading forward takes one pass; reading an earlier position restarts.
 * @throws FormatError (from `read`) when the data does not inflate to exactly `size` bytes
 */
function inflatedSource(raw: ByteSource, size: number): ByteSource {
  let stream: AsyncIterator<Uint8Array> | undefined
  let position = 0
  let rest = new Uint8Array(0)

  async function next(): Promise<void> {
    try {
      const { done, value } = await stream!.next()
      if (done)
        throw new FormatError(
          { source: raw.name },
          `expected ${size} inflated bytes, found ${position}.`,
          DAMAGED,
        )
      rest = value as Uint8Array<ArrayBuffer>
    } catch (error) {
      // The source's own errors (a broken disk) are more precise.
      if (error instanceof ToolError) throw error
      throw new FormatError(
        { source: raw.name },
        `the deflated data is damaged at inflated byte ${position}: ${(error as Error).message}.`,
        'Download the file again.',
      )
    }
  }

  return {
    name: raw.name,
    size,
    async read(offset, into) {
      checkRange(this, offset, into.length)
      if (stream === undefined || offset < position) {
        await stream?.return?.()
        stream = inflate(raw, 'deflate-raw')
        position = 0
        rest = new Uint8Array(0)
      }
      let filled = 0
      while (filled < into.length) {
        if (rest.length === 0) await next()
        const skipped = Math.min(rest.length, Math.max(0, offset - position))
        const taken = rest.subarray(skipped, skipped + into.length - filled)
        into.set(taken, filled)
        filled += taken.length
        position += skipped + taken.length
        rest = rest.subarray(skipped + taken.length)
      }
      if (position === size) await requireEnd()
    },
  }

  async function requireEnd(): Promise<void> {
    const extra = rest.length > 0 || !(await stream!.next().catch(moreThanEnough)).done
    stream = undefined
    if (extra)
      throw new FormatError({ source: raw.name }, `expected ${size} inflated bytes, found more.`, DAMAGED)
  }
}

/** Whatever is wrong with bytes after the end, there are too many. */
function moreThanEnough(error: unknown): { done: false } {
  if (error instanceof ToolError) throw error
  return { done: false }
}

function hex(crc: number): string {
  return `0x${crc.toString(16).padStart(8, '0')}`
}
