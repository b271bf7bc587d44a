/** Damages containers part by part: streams, safetensors, tar. Lengths and checksums match the damaged parts. */
import { BLOCK, FIELDS } from '../../src/tar/layout.ts'
import { type Dice, nudge } from './mutate.ts'
import { u64 } from './pickle-bytes.ts'
import { dict, floats, legacyBytes, storage, tensor, tuple, vector } from './torch-bytes.ts'

const COUNTS = [0n, 1n, 2n, 3n, 4n, -1n, 2n ** 31n, 2n ** 32n + 2n, 2n ** 62n, 2n ** 63n - 1n, -(2n ** 63n)]
const SIZES = [0, 1, 2, 3, 6, -1, 2 ** 31, 2 ** 32, 2 ** 53 - 1]

/** A stream of up to three storages: keys, counts, types, views, shapes and strides that may or may not match. */
export function randomStream(roll: Dice): Uint8Array {
  const keys = ['10', '11', '12'].slice(0, 1 + roll(3))
  const odd = (likely: number): number => (roll(6) === 0 ? SIZES[roll(SIZES.length)]! : likely)
  const value = dict(
    Object.fromEntries(
      keys.map(key => {
        const view = roll(5) === 0 ? [tuple('v', odd(0), odd(2))] : []
        const reference = storage(key, ['FloatStorage', 'IntStorage'][roll(2)]!, odd(3), ...view)
        return [
          key,
          roll(3) === 0 ? tensor(reference, [odd(1), odd(3)], [odd(3), odd(1)], odd(0)) : vector(key, 3),
        ]
      }),
    ),
  )
  const listed = roll(4) === 0 ? keys.toSorted(() => roll(3) - 1).slice(0, 1 + roll(3)) : keys
  const storages = listed.map(
    () => [roll(6) === 0 ? COUNTS[roll(COUNTS.length)]! : 3n, floats(...[1, 2, 3].slice(0, odd(3)))] as const,
  )
  const after = roll(6) === 0 ? Uint8Array.from({ length: roll(20) }, () => roll(256)) : new Uint8Array(0)
  return legacyBytes({ value, keys: listed, storages, after })
}

const VALUES: readonly unknown[] = [
  0,
  1,
  4,
  -1,
  0.5,
  2 ** 31,
  2 ** 53,
  1e300,
  'F32',
  'I8',
  'F4',
  '',
  null,
  true,
  [],
  {},
  [0, 4],
]
const NAMES = [
  '__proto__',
  '__metadata__',
  'constructor',
  '',
  'a',
  'état',
  'a.b',
  'weight_map',
  '\u001b[2J',
  '\u202e',
  '\n',
]

/** Every place in a JSON value that can be replaced. */
function placesIn(value: unknown, places: [object, string][] = []): [object, string][] {
  if (typeof value === 'object' && value !== null)
    for (const key of Object.keys(value)) {
      places.push([value, key])
      placesIn((value as Record<string, unknown>)[key], places)
    }
  return places
}

type Spoiling = (record: Record<string, unknown>, key: string, roll: Dice) => void

const one = <T>(of: readonly T[], roll: Dice): T => of[roll(of.length)]!

const SPOILINGS: readonly Spoiling[] = [
  (record, key) => delete record[key],
  (record, key, roll) => {
    // Also as an own property if the name is `__proto__`.
    Object.defineProperty(record, one(NAMES, roll), {
      value: record[key],
      enumerable: true,
      configurable: true,
      writable: true,
    })
  },
  (record, key, roll) => {
    record[key] = structuredClone(one(VALUES, roll))
  },
  (record, key, roll) => {
    if (typeof record[key] === 'number') record[key] += roll(2) === 0 ? 1 : -1
  },
]

/** Changes a safetensors header: values and names changed, entries left out or repeated, and its length before it. */
export function mutateSafetensors(bytes: Uint8Array, roll: Dice): Uint8Array {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)
  const text = mutateJson(bytes.subarray(8, 8 + length), roll)
  const rest = bytes.subarray(8 + length)
  const cut = roll(6) === 0 ? rest.subarray(0, roll(rest.length + 1)) : rest
  return joined(u64(text.length + (roll(10) === 0 ? roll(5) - 2 : 0)), text, cut)
}

/** Changes a JSON object that stays one: values and names changed, entries left out or repeated. */
export function mutateJson(bytes: Uint8Array, roll: Dice): Uint8Array {
  const root: unknown = JSON.parse(new TextDecoder().decode(bytes))
  for (let left = 1 + roll(2); left > 0; left--) {
    const [holder, key] = one(placesIn(root), roll) ?? [{}, '']
    one(SPOILINGS, roll)(holder as Record<string, unknown>, key, roll)
  }
  return respelled(JSON.stringify(root), roll)
}

/** Changes that only the text of a JSON object can have: a repeated key, blanks, other escapes. */
function respelled(text: string, roll: Dice): Uint8Array {
  const spelling = [
    text.replace(/"(\w+)":/, `"${one(NAMES, roll)}":0,"$1":`),
    text.replace(/"(\w+)":({.*?})/, '"$1":$2,"$1":$2'),
    text + ' '.repeat(roll(10)),
    text.replace(/"a/, '"\\u0061'),
  ][roll(16)]
  return new TextEncoder().encode(spelling ?? text)
}

const joined = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts))

/** Headers of a tar archive changed, with valid checksums; or a block more, less, or twice. */
export function mutateTar(bytes: Uint8Array, roll: Dice): Uint8Array {
  const blocks = Math.floor(bytes.length / BLOCK)
  const at = roll(blocks) * BLOCK
  const block = bytes.subarray(at, at + BLOCK)
  const before = bytes.subarray(0, at)
  const behind = bytes.subarray(at + BLOCK)
  if (roll(8) === 0) return joined(before, behind)
  if (roll(8) === 0) return joined(before, block, block, behind)
  return joined(before, withChecksum(nudge(block, roll)), behind)
}

/** A file of an archive. */
export interface TarFile {
  readonly name: string
  readonly data: Uint8Array
  /** The letter of its kind: by default a file. */
  readonly kind?: string
}

/** As `tar` writes it: headers with checksums, and two blocks of zeros at the end. */
export function tarBytes(files: readonly TarFile[]): Uint8Array {
  const ascii = new TextEncoder()
  const blocks = files.flatMap(({ name, data, kind = '0' }) => {
    const header = new Uint8Array(BLOCK)
    header.set(ascii.encode(name).subarray(0, FIELDS.name.size))
    header.set(ascii.encode(`${data.length.toString(8).padStart(11, '0')}\0`), FIELDS.size.offset)
    header.set(ascii.encode(kind), FIELDS.kind.offset)
    header.set(ascii.encode('ustar'), FIELDS.magic.offset)
    return [withChecksum(header), data, new Uint8Array((BLOCK - (data.length % BLOCK)) % BLOCK)]
  })
  return joined(...blocks, new Uint8Array(2 * BLOCK))
}

const PAX = ['path', 'size', 'linkpath', 'SCHILY.xattr', '']

/** An extension before an entry: a pax record or a long name, valid or not. */
function extension(roll: Dice, size: number): TarFile {
  if (roll(3) === 0)
    return { name: '././@LongLink', kind: 'L', data: new TextEncoder().encode(`${one(NAMES, roll)}\0`) }
  const value = [String(size), String(one(SIZES, roll)), one(NAMES, roll)][roll(3)]!
  const record = ` ${one(PAX, roll)}=${value}\n`
  const length = record.length + 2 + (roll(5) === 0 ? roll(5) - 2 : 0)
  return { name: 'pax', kind: one(['x', 'g'], roll), data: new TextEncoder().encode(length + record) }
}

/** Files of an archive left out, repeated, changed, exchanged, or with an extension before them. */
export function mutateTarFiles(
  files: readonly TarFile[],
  roll: Dice,
  others: readonly Uint8Array[],
): Uint8Array {
  const at = roll(files.length)
  const file = files[at]!
  const changed = [
    () => files.toSpliced(at, 1),
    () => files.toSpliced(roll(files.length), 0, file),
    () => files.with(at, { ...file, data: file.data.length > 1 ? nudge(file.data, roll) : file.data }),
    () => files.with(at, { ...file, data: file.data.subarray(0, roll(file.data.length + 1)) }),
    () => files.with(at, { ...file, data: one(files, roll).data }),
    () => files.with(at, { ...file, data: one(others, roll) }),
    () => files.with(at, { ...file, name: one([...NAMES, ...files.map(({ name }) => name)], roll) }),
    () => files.toSpliced(at, 0, extension(roll, file.data.length)),
  ]
  return tarBytes(one(changed, roll)())
}

function withChecksum(block: Uint8Array): Uint8Array {
  const { offset: start, size: length } = FIELDS.checksum
  const header = block.slice()
  header.fill(0x20, start, start + length)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.set(new TextEncoder().encode(`${sum.toString(8).padStart(6, '0')}\0 `), start)
  return header
}
