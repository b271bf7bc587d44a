/** Damages zip archives record by record: numbers, names, order, compression, gaps. All checksums match the data. */
import { deflateRawSync } from 'node:zlib'
import { crc32 } from '../../src/bytes/crc32.ts'
import { memorySource } from '../../src/bytes/source.ts'
import { readEntry } from '../../src/zip/entry.ts'
import {
  CENTRAL_RECORD,
  END_RECORD,
  LOCAL_HEADER,
  ZIP64_END_RECORD,
  ZIP64_LOCATOR,
} from '../../src/zip/layout.ts'
import { readZip } from '../../src/zip/read.ts'
import { type Dice, nudge } from './mutate.ts'
import { type ZipPart, type ZipShape, zipBytes } from './zip-bytes.ts'

export interface ZipPieces {
  readonly parts: readonly ZipPart[]
  readonly shape: ZipShape
}

/** The parts of an archive; undefined if we cannot read it. */
export async function piecesOf(bytes: Uint8Array): Promise<ZipPieces | undefined> {
  try {
    const archive = await readZip(memorySource(bytes, 'seed'))
    const parts: ZipPart[] = []
    for (const [name, entry] of archive.entries)
      parts.push({ name, data: await readEntry(archive, entry, 100_000) })
    return parts.length > 0 ? { parts, shape: {} } : undefined
  } catch {
    return undefined
  }
}

type Numbers = Record<string, number>

const LARGE = [0xff, 0xffff, 0x7fffffff, 0xffffffff, 2 ** 48, 2 ** 53]

/** Makes one number of a record wrong: slightly, at an extreme, or close to the size of something. */
function wrong(
  layout: { fields: Readonly<Record<string, { width: number }>> },
  size: number,
  roll: Dice,
): Numbers {
  const names = Object.keys(layout.fields)
  const name = names[roll(names.length)]!
  const value = [roll(4), 1 << roll(16), LARGE[roll(LARGE.length)]!, size + roll(3) - 1, roll(4096)][roll(5)]!
  const most = 2 ** (8 * layout.fields[name]!.width) - 1
  return { [name]: Math.min(value, most) }
}

/** Names with a meaning for some reader. */
const NAMES = [
  '../x',
  '/x',
  'archive/',
  '__proto__',
  'archive/data.pkl',
  'ARCHIVE/DATA.PKL',
  'a\\b',
  '',
  '\0',
  'état',
]

type PartMutation = (part: ZipPart, roll: Dice, all: readonly ZipPart[]) => ZipPart

const sizeOf = (part: ZipPart): number => part.data?.length ?? 0

/** An extra field: of a known kind or any, with a correct length or not, with numbers that may be right. */
function extraField(part: ZipPart, roll: Dice): Uint8Array {
  const field = new DataView(new ArrayBuffer(4 + 8 * roll(4)))
  field.setUint16(0, [1, 0x4246, roll(65536)][roll(3)]!, true)
  field.setUint16(2, field.byteLength - 4 + (roll(4) === 0 ? roll(20) : 0), true)
  for (let at = 4; at < field.byteLength; at += 8)
    field.setBigUint64(at, BigInt([sizeOf(part), 0, LARGE[roll(LARGE.length)]!][roll(3)]!), true)
  return new Uint8Array(field.buffer)
}

function deflated(part: ZipPart, lies: Numbers): ZipPart {
  const raw = part.data ?? new Uint8Array(0)
  const data = new Uint8Array(deflateRawSync(raw))
  const numbers = { method: 8, crc: crc32(raw), size: raw.length, compressedSize: data.length }
  return {
    ...part,
    data,
    local: { ...part.local, ...numbers },
    central: { ...part.central, ...numbers, ...lies },
  }
}

const PART_MUTATIONS: readonly PartMutation[] = [
  (part, roll) => ({ ...part, central: { ...part.central, ...wrong(CENTRAL_RECORD, sizeOf(part), roll) } }),
  (part, roll) => ({ ...part, local: { ...part.local, ...wrong(LOCAL_HEADER, sizeOf(part), roll) } }),
  (part, roll) => {
    const both = wrong(LOCAL_HEADER, sizeOf(part), roll)
    return { ...part, local: { ...part.local, ...both }, central: { ...part.central, ...both } }
  },
  (part, roll) => ({ ...part, name: NAMES[roll(NAMES.length)]! }),
  (part, roll) => ({ ...part, localName: NAMES[roll(NAMES.length)]! }),
  (part, roll, all) => ({ ...part, name: all[roll(all.length)]!.name }),
  (part, roll, all) => ({ ...part, data: all[roll(all.length)]!.data ?? new Uint8Array(0) }),
  part => ({ ...part, unlisted: true }),
  part => deflated(part, {}),
  (part, roll) => deflated(part, wrong(CENTRAL_RECORD, sizeOf(part), roll)),
  // A bomb: larger than it states.
  (part, roll) => deflated({ ...part, data: new Uint8Array(2 ** (10 + roll(12))) }, { size: sizeOf(part) }),
  (part, roll) => ({ ...part, localExtra: extraField(part, roll) }),
  (part, roll) => ({ ...part, centralExtra: extraField(part, roll) }),
  (part, roll) => (sizeOf(part) > 1 ? { ...part, data: nudge(part.data!, roll) } : part),
  (part, roll) => ({ ...part, data: (part.data ?? new Uint8Array(0)).slice(0, roll(sizeOf(part) + 1)) }),
]

/** A few bytes, or a whole other file. */
function stranger(roll: Dice, others: readonly Uint8Array[]): Uint8Array {
  return roll(2) === 0 ? others[roll(others.length)]! : Uint8Array.from({ length: roll(30) }, () => roll(256))
}

type ShapeMutation = (shape: ZipShape, roll: Dice, others: readonly Uint8Array[]) => ZipShape

const SHAPE_MUTATIONS: readonly ShapeMutation[] = [
  (shape, roll, others) => ({ ...shape, before: stranger(roll, others) }),
  (shape, roll, others) => ({ ...shape, after: stranger(roll, others) }),
  (shape, roll, others) => ({ ...shape, hidden: stranger(roll, others) }),
  (shape, roll, others) => ({ ...shape, comment: stranger(roll, others) }),
  (shape, roll) => ({ ...shape, end: { ...shape.end, ...wrong(END_RECORD, 100, roll) } }),
  shape => ({ ...shape, zip64: {} }),
  (shape, roll) => ({ ...shape, zip64: { ...shape.zip64, ...wrong(ZIP64_END_RECORD, 100, roll) } }),
  (shape, roll) => ({ ...shape, zip64: shape.zip64 ?? {}, locator: wrong(ZIP64_LOCATOR, 100, roll) }),
]

type Rearrangement = (parts: readonly ZipPart[], roll: Dice) => readonly ZipPart[]

const REARRANGEMENTS: readonly Rearrangement[] = [
  (parts, roll) => parts.toSpliced(roll(parts.length), 1),
  (parts, roll) => parts.toSpliced(roll(parts.length), 0, parts[roll(parts.length)]!),
  (parts, roll) => parts.toSorted(() => roll(3) - 1),
]

export function mutateZip(seed: ZipPieces, roll: Dice, others: readonly Uint8Array[]): Uint8Array {
  let { parts, shape } = seed
  for (let left = 1 + roll(3); left > 0; left--) {
    const kind = roll(6)
    if (kind === 0 && parts.length > 0) parts = REARRANGEMENTS[roll(REARRANGEMENTS.length)]!(parts, roll)
    else if (kind === 1) shape = SHAPE_MUTATIONS[roll(SHAPE_MUTATIONS.length)]!(shape, roll, others)
    else if (parts.length > 0) {
      const which = roll(parts.length)
      const mutation = PART_MUTATIONS[roll(PART_MUTATIONS.length)]!
      parts = parts.with(which, mutation(parts[which]!, roll, parts))
    }
  }
  return zipBytes(parts, shape)
}
