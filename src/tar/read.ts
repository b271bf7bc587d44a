/** Lists the files in a tar archive: ustar, its older form, and what GNU and pax add for long names and large files. */
import { type ByteSource, readBytes, subSource } from '../bytes/source.ts'
import { decodeText } from '../bytes/text.ts'
import { FormatError } from '../errors.ts'
import { BLOCK, FIELDS, KIND } from './layout.ts'

export interface TarEntry {
  readonly name: string
  /** Where its bytes begin in the archive. */
  readonly offset: number
  readonly size: number
}

/** Archives around one checkpoint hold a few files; a data set of a million images is none. */
export const MAX_ENTRIES = 10_000

/** Names and facts in front of an entry: the longest path is 4 kB. */
const MAX_EXTENSION = 1024 * 1024

/** Whether a file begins with a tar header, of which a checksum is a part. */
export function isTarHeader(head: Uint8Array): boolean {
  if (head.length < BLOCK || head.every(byte => byte === 0)) return false
  return checksum(head) === number(head, FIELDS.checksum)
}

/** Everything that changes what the next header means. */
interface Extension {
  name?: string | undefined
  size?: number | undefined
}

/**
 * The regular files of an archive, in its order; of two of one name the last counts, as `tar` has it.
 * @throws FormatError when the archive is cut short or damaged, or has more than `MAX_ENTRIES` entries
 */
export async function readTar(source: ByteSource): Promise<readonly TarEntry[]> {
  const files = new Map<string, TarEntry>()
  let extension: Extension = {}
  let header = await readHeader(source, 0)
  for (let count = 0; header; count++) {
    if (count >= MAX_ENTRIES)
      throw damaged(source, header.offset, `the archive has more than ${MAX_ENTRIES} entries`)
    const { start, kind } = header
    const isExtension = KIND.extensions.includes(kind)
    // A size that was announced is that of the file, not of what else stands in front of it.
    const end = endOf(source, header, isExtension ? undefined : extension.size)
    const size = end - start
    if (isExtension) extension = { ...extension, ...(await readExtension(source, start, size, kind)) }
    else {
      const name = extension.name ?? header.name
      if (KIND.files.includes(kind)) files.set(name, { name, offset: start, size })
      extension = {}
    }
    header = await readHeader(source, start + Math.ceil(size / BLOCK) * BLOCK)
  }
  return [...files.values()]
}

interface Header {
  readonly offset: number
  readonly name: string
  readonly kind: string
  /** Where the entry's bytes begin. */
  readonly start: number
  /** NaN where it is no number. */
  readonly size: number
}

/** @throws FormatError when it lies beyond the end of the archive */
function endOf(source: ByteSource, { offset, start, size }: Header, announced: number | undefined): number {
  const end = start + (announced ?? size)
  if (!Number.isSafeInteger(end)) throw damaged(source, offset, 'the size of an entry is no number')
  if (end > source.size) throw cutShort(source, offset, end)
  return end
}

/** @returns undefined at the end: a block of zeros, or no more blocks */
async function readHeader(source: ByteSource, offset: number): Promise<Header | undefined> {
  if (offset >= source.size) return undefined
  const head = await readBytes(source, offset, Math.min(BLOCK, source.size - offset))
  if (head.every(byte => byte === 0)) return undefined
  if (!isTarHeader(head))
    throw damaged(source, offset, 'expected the header of an entry, found something else')
  const kind = String.fromCharCode(head[FIELDS.kind.offset]!)
  return { offset, name: fullName(head), kind, start: offset + BLOCK, size: number(head, FIELDS.size) }
}

/** The bytes of a file in an archive. */
export function tarSource(archive: ByteSource, { name, offset, size }: TarEntry): ByteSource {
  return subSource(archive, offset, size, `${archive.name}!${name}`)
}

async function readExtension(
  source: ByteSource,
  offset: number,
  size: number,
  kind: string,
): Promise<Extension> {
  if (size > MAX_EXTENSION) throw damaged(source, offset, `a name in front of an entry takes ${size} bytes`)
  const text = decodeText(await readBytes(source, offset, size))
  if (kind === KIND.longName) return { name: text.replace(/\0.*$/s, '') }
  if (kind === KIND.pax) return parsePax(text)
  return {}
}

/** Lines of `<length> <key>=<value>`. */
function parsePax(text: string): Extension {
  const found: Extension = {}
  for (const [, key, value] of text.matchAll(/^\d+ ([^=\n]+)=(.*)$/gm)) {
    if (key === 'path') found.name = value
    // NaN is refused where it is used; a minus sign would lead back to where we were.
    if (key === 'size') found.size = /^\d+$/.test(value!) ? Number(value) : Number.NaN
  }
  return found
}

type Field = { readonly offset: number; readonly size: number }

/** The number of a field: octal digits, or, with the highest bit set, the bytes themselves. NaN when it is neither. */
function number(head: Uint8Array, { offset, size }: Field): number {
  const bytes = head.subarray(offset, offset + size)
  if (bytes[0]! & 0x80)
    return bytes.reduce((sum, byte, index) => sum * 256 + (index === 0 ? byte & 0x7f : byte), 0)
  const digits = text(head, { offset, size }).trim()
  return /^[0-7]*$/.test(digits) ? Number.parseInt(digits || '0', 8) : Number.NaN
}

function text(head: Uint8Array, { offset, size }: Field): string {
  return decodeText(head.subarray(offset, offset + size)).replace(/\0.*$/s, '')
}

function fullName(head: Uint8Array): string {
  const prefix = text(head, FIELDS.magic) === 'ustar' ? text(head, FIELDS.prefix) : ''
  return prefix === '' ? text(head, FIELDS.name) : `${prefix}/${text(head, FIELDS.name)}`
}

/** The sum of all bytes of the header, with blanks in the place of the checksum itself. */
function checksum(head: Uint8Array): number {
  const { offset, size } = FIELDS.checksum
  const sum = head.subarray(0, BLOCK).reduce((sum, byte) => sum + byte, 0)
  return sum - head.subarray(offset, offset + size).reduce((sum, byte) => sum + byte, 0) + size * 0x20
}

function damaged(source: ByteSource, offset: number, problem: string): FormatError {
  return new FormatError(
    { source: source.name, offset },
    `${problem}.`,
    'The tar archive is damaged: download or copy it again.',
  )
}

function cutShort(source: ByteSource, offset: number, end: number): FormatError {
  return new FormatError(
    { source: source.name, offset },
    `the tar archive is cut short: this entry ends at byte ${end}, but there are ${source.size}.`,
    'Download or copy it again and compare its size.',
  )
}
