/** Lists the files in a tar archive: ustar, its older form, and the GNU and pax extensions for long names and large files. */
import { type ByteSource, readBytes, subSource } from '../bytes/source.ts'
import { decodeText, latin1 } from '../bytes/text.ts'
import { FormatError } from '../errors.ts'
import { BLOCK, FIELDS, KIND } from './layout.ts'
import { damaged, type Extension, joined, MOST_OWNERS, parsePax } from './pax.ts'

export interface TarEntry {
  readonly name: string
  /** The start of its bytes in the archive. */
  readonly offset: number
  readonly size: number
}

/** The contents of an archive. */
export interface TarList {
  readonly files: readonly TarEntry[]
  /** Names of links, devices and pipes, and of files whose name differs from their header's. */
  readonly odd: ReadonlySet<string>
  /** The offset of the first header whose mode, owner or time Python cannot read or no file can have: Python stops there. */
  readonly oddFacts: number | undefined
}

/** Archives with one checkpoint contain a few files, not the millions of a data set. */
export const MAX_ENTRIES = 10_000

/** Names and facts before an entry: the longest path is 4 kB. */
const MAX_EXTENSION = 1024 * 1024

/** Whether a file begins with a tar header, which includes a checksum. */
export function isTarHeader(head: Uint8Array): boolean {
  if (head.length < BLOCK || head.every(byte => byte === 0)) return false
  return checksum(head) === number(head, FIELDS.checksum)
}

/** Whether any reader accepts it as one: some add up signed bytes, and accept more forms of numbers (Python's `tarfile.nti`). */
export function mayBeTarHeader(head: Uint8Array): boolean {
  if (head.length < BLOCK) return false
  const { offset, size } = FIELDS.checksum
  const field = head.subarray(offset, offset + size)
  const said = new Set([number(head, FIELDS.checksum), looseNumber(field)])
  const signed = head.subarray(0, BLOCK).reduce((sum, byte) => sum - (byte >= 0x80 ? 256 : 0), checksum(head))
  const ownSigned = field.reduce((sum, byte) => sum + (byte >= 0x80 ? 256 : 0), signed)
  return [checksum(head), ownSigned].some(sum => said.has(sum))
}

/** `0o17`, `+17`, `1_7`: all are 15 in Python's `int(text, 8)`. */
function looseNumber(field: Uint8Array): number {
  if (field[0] === 0x80 || field[0] === 0xff)
    return field.subarray(1).reduce((sum, byte) => sum * 256 + byte, 0)
  const text = latin1(field)
    .replace(/\0.*$/s, '')
    .trim()
    .replace(/^\+?(0o)?/i, '')
    .replaceAll('_', '')
  return /^[0-7]*$/.test(text) ? Number.parseInt(text || '0', 8) : Number.NaN
}

/**
 * The regular files of an archive, in order.
 * @throws FormatError like `listTar`
 */
export async function readTar(source: ByteSource): Promise<readonly TarEntry[]> {
  return (await listTar(source)).files
}

/**
 * What Python's `tarfile` finds in an archive.
 * @throws FormatError when the archive is cut short or damaged, has more than `MAX_ENTRIES` entries, or Python would read it
 *   differently: two entries with one name, folders or links with bytes, unknown kinds of entries, headers for all following
 *   entries
 */
export async function listTar(source: ByteSource): Promise<TarList> {
  const list = new Listing()
  let extension: Extension = {}
  let announced: number | undefined
  let header = await readHeader(source, 0)
  for (let count = 0; header; count++) {
    if (count >= MAX_ENTRIES)
      throw damaged(source, header.offset, `the archive has more than ${MAX_ENTRIES} entries`)
    const { start, kind, offset } = header
    if (header.hasOddFacts) list.oddFacts ??= offset
    const isExtension = KIND.extensions.includes(kind)
    announced = isExtension ? offset : undefined
    // An announced size applies to the file, not to other headers before it.
    const end = endOf(source, header, isExtension ? undefined : extension.size)
    const size = end - start
    if (isExtension) extension = joined(source, offset, extension, await readExtension(source, header, size))
    else {
      list.add(entryOf(source, header, size, extension.name), header, extension)
      extension = {}
    }
    header = await readHeader(source, start + Math.ceil(size / BLOCK) * BLOCK)
  }
  if (announced !== undefined) throw damaged(source, announced, 'an entry is announced, but none follows')
  const { twice } = list
  if (twice) throw damaged(source, twice.offset, `two entries are named ${JSON.stringify(twice.name)}`)
  return list
}

class Listing implements TarList {
  readonly files: TarEntry[] = []
  readonly odd = new Set<string>()
  readonly #names = new Set<string>()
  /** The first entry with a name that occurred before. */
  twice: TarEntry | undefined
  oddFacts: number | undefined

  add(entry: TarEntry, header: Header, extension: Extension): void {
    if (this.#names.has(entry.name)) this.twice ??= entry
    this.#names.add(entry.name)
    if (extension.hasOddFacts) this.oddFacts ??= header.offset
    if (isOdd(header, extension)) this.odd.add(entry.name)
    if (isFile(header)) this.files.push(entry)
  }
}

function isFile({ kind, name }: Header): boolean {
  return KIND.files.includes(kind) && !name.endsWith('/')
}

function isOdd({ kind }: Header, { name }: Extension): boolean {
  return KIND.others.includes(kind) || name !== undefined
}

/** @throws FormatError for unknown kinds, and for bytes in entries that should have none: Python does not skip those */
function entryOf(source: ByteSource, header: Header, size: number, announced: string | undefined): TarEntry {
  const { offset, name, kind, start } = header
  if (![KIND.folder, ...KIND.others, ...KIND.files].includes(kind))
    throw damaged(
      source,
      offset,
      `expected a file or a folder, found an entry of the kind ${JSON.stringify(kind)}`,
    )
  if (!isFile(header) && size > 0)
    throw damaged(source, offset, `the entry ${JSON.stringify(name)} is not a file, but has ${size} bytes`)
  return { name: (announced ?? name).replace(/\/+$/, ''), offset: start, size }
}

interface Header {
  readonly offset: number
  readonly name: string
  readonly kind: string
  /** The start of the entry's bytes. */
  readonly start: number
  /** NaN if it is not a number. */
  readonly size: number
  readonly hasOddFacts: boolean
}

/** @throws FormatError when it exceeds the archive */
function endOf(source: ByteSource, { offset, start, size }: Header, announced: number | undefined): number {
  const end = start + (announced ?? size)
  if (!Number.isSafeInteger(end)) throw damaged(source, offset, 'the size of an entry is not a number')
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
  const hasOddFacts = FACTS.some(([field, most]) => !(number(head, FIELDS[field]) <= most))
  return {
    offset,
    name: fullName(head),
    kind,
    start: offset + BLOCK,
    size: number(head, FIELDS.size),
    hasOddFacts,
  }
}

/** The fields that Python reads from every header, and the largest value that a file on disk can have. */
const FACTS = [
  ['mode', 0o7777777],
  ['owner', MOST_OWNERS - 1],
  ['group', MOST_OWNERS - 1],
  ['changed', 0o77777777777],
  ['deviceMajor', Number.MAX_SAFE_INTEGER],
  ['deviceMinor', Number.MAX_SAFE_INTEGER],
] as const

/** The bytes of a file in an archive. */
export function tarSource(archive: ByteSource, { name, offset, size }: TarEntry): ByteSource {
  return subSource(archive, offset, size, `${archive.name}!${name}`)
}

/** Readers read whole blocks of it, up to a NUL. */
async function readExtension(
  source: ByteSource,
  { start, kind, offset }: Header,
  size: number,
): Promise<Extension> {
  if (size > MAX_EXTENSION) throw damaged(source, offset, `the long name before an entry has ${size} bytes`)
  const blocks = Math.min(Math.ceil(size / BLOCK) * BLOCK, source.size - start)
  const bytes = upToNul(await readBytes(source, start, blocks))
  if (bytes.length > size)
    throw damaged(source, offset, 'the long name before an entry is longer than its size')
  if (kind === KIND.longName) return { name: decodeText(bytes) }
  if (kind !== KIND.pax && kind !== KIND.paxGlobal) return {}
  return parsePax(source, offset, bytes, kind === KIND.paxGlobal)
}

function upToNul(bytes: Uint8Array): Uint8Array {
  const end = bytes.indexOf(0)
  return end < 0 ? bytes : bytes.subarray(0, end)
}

type Field = { readonly offset: number; readonly size: number }

/** The number in a field: octal digits, or, if the highest bit is set, binary. NaN if it is neither. */
function number(head: Uint8Array, { offset, size }: Field): number {
  const bytes = head.subarray(offset, offset + size)
  if (bytes[0] === 0x80) return bytes.subarray(1).reduce((sum, byte) => sum * 256 + byte, 0)
  const digits = text(head, { offset, size }).replace(/^[ \t\n\r\f\v]+|[ \t\n\r\f\v]+$/g, '')
  return /^[0-7]*$/.test(digits) ? Number.parseInt(digits || '0', 8) : Number.NaN
}

function text(head: Uint8Array, { offset, size }: Field): string {
  return decodeText(upToNul(head.subarray(offset, offset + size)))
}

function fullName(head: Uint8Array): string {
  // Like Python, regardless of the format that the header states.
  const prefix = text(head, FIELDS.prefix)
  return prefix === '' ? text(head, FIELDS.name) : `${prefix}/${text(head, FIELDS.name)}`
}

/** The sum of the header's bytes, with blanks instead of the checksum itself. */
function checksum(head: Uint8Array): number {
  const { offset, size } = FIELDS.checksum
  const sum = head.subarray(0, BLOCK).reduce((sum, byte) => sum + byte, 0)
  return sum - head.subarray(offset, offset + size).reduce((sum, byte) => sum + byte, 0) + size * 0x20
}

function cutShort(source: ByteSource, offset: number, end: number): FormatError {
  return new FormatError(
    { source: source.name, offset },
    `the tar archive is cut short: this entry ends at byte ${end}, but there are ${source.size}.`,
    'Download or copy it again and compare its size.',
  )
}
