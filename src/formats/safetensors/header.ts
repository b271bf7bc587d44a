/** The header of a safetensors file: JSON → facts, by all the rules of the official reader. */
import { FormatError, UnsupportedError } from '../../errors.ts'
import { dtypeFacts } from '../../tensor/dtype.ts'
import { elementCount } from '../../tensor/tensor.ts'
import { METADATA, type SafetensorsType, TYPES } from './layout.ts'

/** A tensor as the header has it. Offsets are in bytes from the end of the header. */
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

/**
 * @param dataSize bytes after the header
 * @param source the name of the file, for messages
 * @throws FormatError when it is no header, or its tensors overlap, leave holes, or do not fill the file exactly
 * @throws UnsupportedError when it has a type that PyTorch has not
 */
export function parseHeader(text: string, dataSize: number, source: string): Header {
  const root = parseJson(text, source)
  const entries = Object.entries(root)
    .filter(([name]) => name !== METADATA)
    .map(([name, value]) => parseEntry(name, value, source))
    .sort((a, b) => a.begin - b.begin || a.end - b.end)
  requireNoHoles(entries, dataSize, source)
  return { entries, metadata: parseMetadata(root[METADATA], source) }
}

function parseJson(text: string, source: string): Record<string, unknown> {
  let root: unknown
  try {
    root = JSON.parse(text)
  } catch (error) {
    throw malformed(source, `the header is no JSON: ${(error as Error).message}`)
  }
  if (!isRecord(root)) throw malformed(source, 'the header is no JSON object')
  const twice = repeatedKey(text)
  if (twice !== undefined)
    throw malformed(source, `the header has ${twice} twice, and readers differ in which counts`)
  return root
}

function parseEntry(name: string, value: unknown, source: string): Entry {
  const what = `tensor ${JSON.stringify(name)}`
  if (!isRecord(value)) throw malformed(source, `${what} is not described by an object`)
  const { dtype, shape, data_offsets: offsets } = value
  if (!isCounts(shape)) throw malformed(source, `${what} has no shape of whole numbers`)
  if (!isCounts(offsets) || offsets.length !== 2 || offsets[0]! > offsets[1]!)
    throw malformed(source, `${what} has no data_offsets [begin, end]`)
  const type = TYPES.find(candidate => candidate.name === dtype)
  if (!type) throw unknownType(what, dtype, source)
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

/** The header counts 4-bit values, PyTorch the bytes that hold two of them. */
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
        `tensor ${JSON.stringify(entry.name)} begins at ${entry.begin}, ${entry.begin < end ? 'inside the one before, which ends' : 'behind a hole: the one before ends'} at ${end}`,
      )
    end = entry.end
  }
  if (end > dataSize)
    throw new FormatError(
      { source },
      `the file is cut short: its tensors take ${end} bytes, and ${dataSize} come after the header.`,
      `${end - dataSize} bytes are missing: download or copy it again.`,
    )
  if (end < dataSize) throw malformed(source, `${dataSize - end} bytes after the last tensor belong to none`)
}

function parseMetadata(value: unknown, source: string): ReadonlyMap<string, string> {
  if (value === undefined) return new Map()
  if (!isRecord(value) || !Object.values(value).every(text => typeof text === 'string'))
    throw malformed(source, `${METADATA} is no object of texts`)
  return new Map(Object.entries(value) as [string, string][])
}

/**
 * The first key that an object in a JSON text has twice; `JSON.parse` takes the last one without a word.
 * @param text valid JSON
 */
function repeatedKey(text: string): string | undefined {
  const open: Set<string>[] = []
  for (const [token, key] of text.matchAll(/[{}]|("[^"\\]*(?:\\.[^"\\]*)*")\s*:?/g)) {
    if (token === '{') open.push(new Set())
    else if (token === '}') open.pop()
    else if (key !== undefined && token.endsWith(':')) {
      const keys = open.at(-1)!
      const name: string = JSON.parse(key)
      if (keys.has(name)) return key
      keys.add(name)
    }
  }
  return undefined
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every(item => Number.isSafeInteger(item) && item >= 0)
}

function unknownType(what: string, dtype: unknown, source: string): Error {
  if (typeof dtype !== 'string') return malformed(source, `${what} has no dtype`)
  return new UnsupportedError(
    `${source}: ${what} is of type ${JSON.stringify(dtype)}, which PyTorch has not.`,
    'Cast it with the program that wrote it, and save it again.',
  )
}

function malformed(source: string, problem: string): FormatError {
  return new FormatError(
    { source },
    `${problem}.`,
    'The official safetensors library refuses such a file too: download it or save it again.',
  )
}
