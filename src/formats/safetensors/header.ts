/** Parses the header of a safetensors file by all the rules of the official reader. */
import { FormatError, UnsupportedError } from '../../errors.ts'
import { dtypeFacts } from '../../tensor/dtype.ts'
import { elementCount } from '../../tensor/tensor.ts'
import { type Json, JsonObject, membersOf } from './json.ts'
import { METADATA, type SafetensorsType, TYPES } from './layout.ts'

/** A tensor in the header. Offsets are in bytes from the end of the header. */
export interface Entry {
  readonly name: string
  readonly type: SafetensorsType
  /** In elements of PyTorch's type. */
  readonly shape: readonly number[]
  readonly begin: number
  readonly end: number
}

export interface Header {
  /** In the order of their bytes. */
  readonly entries: readonly Entry[]
  readonly metadata: ReadonlyMap<string, string>
}

/** Metadata says who wrote the file and how: usually some ten entries. */
const MAX_METADATA = 100_000

/**
 * @param dataSize bytes after the header
 * @param source the name of the file, for messages
 * @throws FormatError when the header is invalid, or its tensors overlap, leave holes, or do not fill the file exactly
 * @throws UnsupportedError when it uses a type or a size that PyTorch does not have
 */
export function parseHeader(text: string, dataSize: number, source: string): Header {
  const entries = new Map<string, Entry>()
  let metadata: Header['metadata'] | undefined
  try {
    for (const [name, value] of membersOf(text)) {
      const twice = name === METADATA ? metadata !== undefined : entries.has(name)
      if (twice) throw repeated(name, source)
      if (name === METADATA) metadata = parseMetadata(value, source)
      else entries.set(name, parseEntry(name, value, source))
    }
  } catch (error) {
    if (error instanceof SyntaxError)
      throw malformed(source, `the header is not valid JSON: ${error.message}`)
    throw error
  }
  const inOrder = [...entries.values()].sort((a, b) => a.begin - b.begin || a.end - b.end)
  requireNoHoles(inOrder, dataSize, source)
  return { entries: inOrder, metadata: metadata ?? new Map() }
}

/** For a repeated name, the official library uses the last one, others the first. */
function repeated(name: string, source: string): FormatError {
  return new FormatError(
    { source },
    `the header has ${JSON.stringify(name)} twice, and readers differ in which one they use.`,
    'No known program writes such a file: download it or save it again.',
  )
}

const FIELDS = ['dtype', 'shape', 'data_offsets'] as const
type Fields = { readonly [field in (typeof FIELDS)[number]]?: Json }

/** Like serde reads a struct: by name, ignoring other names, or as a list in this order. */
function fieldsOf(value: Json, what: string, source: string): Fields {
  if (Array.isArray(value) && value.length === FIELDS.length)
    return Object.fromEntries(FIELDS.map((field, index) => [field, value[index]]))
  if (!(value instanceof JsonObject)) throw malformed(source, `${what} is not described by an object`)
  const known = value.pairs.filter(([key]) => (FIELDS as readonly string[]).includes(key))
  const twice = known.find(([key], index) => known.findIndex(([other]) => other === key) < index)
  if (twice) throw malformed(source, `${what} has ${JSON.stringify(twice[0])} twice`)
  return Object.fromEntries(known)
}

function parseEntry(name: string, value: Json, source: string): Entry {
  const what = `tensor ${JSON.stringify(name)}`
  const { dtype, shape, data_offsets: offsets } = fieldsOf(value, what, source)
  if (!isCounts(shape)) throw malformed(source, `${what} has no shape of whole numbers`)
  if (!isCounts(offsets) || offsets.length !== 2 || offsets[0]! > offsets[1]!)
    throw malformed(source, `${what} has no data_offsets [begin, end]`)
  const named = nameOfType(dtype)
  const type = TYPES.find(candidate => candidate.name === named)
  if (!type) throw unknownType(what, named, source)
  if (!shape.every(Number.isSafeInteger)) throw tooLarge(what, source)
  const entry = {
    name,
    type,
    shape: unpacked(shape, type, what, source),
    begin: offsets[0]!,
    end: offsets[1]!,
  }
  const needed = elementCount(entry.shape) * dtypeFacts(type.dtype).size
  if (needed !== entry.end - entry.begin)
    throw malformed(
      source,
      `${what} of shape (${shape.join(', ')}) and type ${type.name} needs ${needed} bytes, its data_offsets span ${entry.end - entry.begin}`,
    )
  return entry
}

/** Like serde reads an enum: its name, or an object with that name and null. */
function nameOfType(value: Json | undefined): Json | undefined {
  const [only, another] = value instanceof JsonObject ? value.pairs : []
  return only && !another && only[1] === null ? only[0] : value
}

/** The header counts 4-bit values, PyTorch counts bytes with two of them. */
function unpacked(
  shape: readonly number[],
  { packed }: SafetensorsType,
  what: string,
  source: string,
): number[] {
  const last = shape.at(-1) ?? 1
  if (last % packed !== 0) throw malformed(source, `${what} ends in half a byte: its last size is ${last}`)
  return packed === 1 ? [...shape] : [...shape.slice(0, -1), last / packed]
}

function requireNoHoles(entries: readonly Entry[], dataSize: number, source: string): void {
  let end = 0
  for (const entry of entries) {
    if (entry.begin !== end)
      throw malformed(
        source,
        `tensor ${JSON.stringify(entry.name)} begins at ${entry.begin}, ${entry.begin < end ? 'inside the one before, which ends' : 'after a gap: the one before ends'} at ${end}`,
      )
    end = entry.end
  }
  if (end > dataSize)
    throw new FormatError(
      { source },
      `the file is cut short: its tensors take ${end} bytes, but only ${dataSize} follow the header.`,
      `${end - dataSize} bytes are missing: download or copy it again.`,
    )
  if (end < dataSize)
    throw malformed(source, `${dataSize - end} bytes after the last tensor do not belong to any tensor`)
}

function parseMetadata(value: Json, source: string): ReadonlyMap<string, string> {
  if (value === null) return new Map()
  const metadata = new Map<string, string>()
  for (const [key, text] of value instanceof JsonObject ? value.pairs : [[METADATA, value] as const]) {
    if (typeof text !== 'string' || !(value instanceof JsonObject))
      throw malformed(source, `${METADATA} is not an object of strings`)
    metadata.set(key, text)
  }
  if (metadata.size > MAX_METADATA)
    throw new UnsupportedError(
      `${source}: ${METADATA} has ${metadata.size} entries; the limit is ${MAX_METADATA}.`,
      'Save the file again without its metadata, which only describes it.',
    )
  return metadata
}

function isCounts(value: Json | undefined): value is number[] {
  return Array.isArray(value) && value.every(item => typeof item === 'number')
}

function unknownType(what: string, dtype: Json | undefined, source: string): Error {
  if (typeof dtype !== 'string') return malformed(source, `${what} has no dtype`)
  return new UnsupportedError(
    `${source}: ${what} is of type ${JSON.stringify(dtype)}, which PyTorch does not have.`,
    'Cast it with the program that wrote it, and save it again.',
  )
}

function tooLarge(what: string, source: string): UnsupportedError {
  return new UnsupportedError(
    `${source}: ${what} has a size of 2^53 or more.`,
    'A tensor of that size has no values: save the file again without it.',
  )
}

function malformed(source: string, problem: string): FormatError {
  return new FormatError(
    { source },
    `${problem}.`,
    'The official safetensors library refuses such a file too: download it or save it again.',
  )
}
