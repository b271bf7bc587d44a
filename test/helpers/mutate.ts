/** Damages files at random, the same way for the same seed: bytes, pieces, extreme numbers, and whole parts. */
import { inflateRawSync } from 'node:zlib'
import { crc32 } from '../../src/bytes/crc32.ts'
import { torchZipBytes } from './torch-bytes.ts'

/** A number below `limit`. */
export type Dice = (limit: number) => number

type Mutation = (bytes: Uint8Array, roll: Dice, others: readonly Uint8Array[]) => Uint8Array

const EXTREMES = [
  0n,
  1n,
  0x7fn,
  0x80n,
  0xffffn,
  0x7fffffffn,
  0x80000000n,
  0xffffffffn,
  2n ** 53n,
  2n ** 63n,
  2n ** 64n - 1n,
]

const splice = (bytes: Uint8Array, at: number, removed: number, added: Uint8Array): Uint8Array =>
  new Uint8Array(Buffer.concat([bytes.subarray(0, at), added, bytes.subarray(at + removed)]))

const MUTATIONS: readonly Mutation[] = [
  (bytes, roll) => bytes.slice(0, roll(bytes.length + 1)),
  (bytes, roll) => {
    const copy = bytes.slice()
    for (let left = 1 + roll(4); left > 0 && copy.length > 0; left--) copy[roll(copy.length)]! ^= 1 << roll(8)
    return copy
  },
  (bytes, roll) => {
    const copy = bytes.slice()
    if (copy.length > 0) copy[roll(copy.length)] = roll(256)
    return copy
  },
  (bytes, roll) => {
    const size = [1, 2, 4, 8][roll(4)]!
    if (bytes.length < size) return bytes
    const number = new Uint8Array(8)
    new DataView(number.buffer).setBigUint64(0, EXTREMES[roll(EXTREMES.length)]!, true)
    return splice(bytes, roll(bytes.length - size + 1), size, number.subarray(0, size))
  },
  (bytes, roll) => splice(bytes, roll(bytes.length + 1), roll(32), new Uint8Array(0)),
  (bytes, roll) => {
    const from = roll(bytes.length + 1)
    return splice(bytes, roll(bytes.length + 1), 0, bytes.slice(from, from + roll(200)))
  },
  (bytes, roll, others) => {
    const other = others[roll(others.length)]!
    const from = roll(other.length + 1)
    const piece = other.subarray(from, from + roll(300))
    return splice(bytes, roll(bytes.length + 1), roll(2) * piece.length, piece)
  },
]

export function mutate(bytes: Uint8Array, roll: Dice, others: readonly Uint8Array[]): Uint8Array {
  let mutant = bytes
  for (let left = 1 + roll(3); left > 0; left--)
    mutant = MUTATIONS[roll(MUTATIONS.length)]!(mutant, roll, others)
  return mutant
}

/** Damages the pickle of an archive, with valid checksums, in an otherwise valid archive. */
export function mutatePickle(pickle: Uint8Array, roll: Dice, others: readonly Uint8Array[]): Uint8Array {
  const storages = Object.fromEntries(
    Array.from({ length: 20 }, (_, key) => [String(key), new Uint8Array(96)]),
  )
  return torchZipBytes({ value: mutate(pickle, roll, others), storages })
}

/** Names of the same length, any of which is a valid storage. */
const STORAGES = [
  ['FloatStorage', 'ShortStorage'],
  ['HalfStorage', 'LongStorage', 'ByteStorage', 'CharStorage', 'BoolStorage'],
]

/** Changes one byte slightly, or one name to another: most of the file still makes sense. */
const NUDGES: readonly ((bytes: Uint8Array, roll: Dice) => void)[] = [
  (bytes, roll) => {
    bytes[roll(bytes.length)]! += roll(2) === 0 ? 1 : -1
  },
  (bytes, roll) => {
    bytes[roll(bytes.length)]! ^= 1 << roll(8)
  },
  (bytes, roll) => {
    const at = roll(bytes.length - 1)
    bytes.copyWithin(at, at + 1, at + 2)
  },
  // The operand of a small integer: an offset, a size, a stride, an index in the memo.
  (bytes, roll) => {
    const operators = [...bytes.keys()].filter(at => 'KMqhJ'.includes(String.fromCharCode(bytes[at]!)))
    const at = operators[roll(operators.length)] ?? 0
    if (at + 1 < bytes.length) bytes[at + 1] = roll(20)
  },
  (bytes, roll) => {
    const names = STORAGES[roll(STORAGES.length)]!
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    const places = names.flatMap(name => [...text.toString('latin1').matchAll(new RegExp(name, 'g'))])
    const place = places[roll(places.length)]
    if (place) text.write(names[roll(names.length)]!, place.index, 'latin1')
  },
]

export function nudge(bytes: Uint8Array, roll: Dice): Uint8Array {
  const mutant = bytes.slice()
  for (let left = 1 + roll(2); left > 0; left--) NUDGES[roll(NUDGES.length)]!(mutant, roll)
  return mutant
}

/** An archive with a slightly changed pickle, and valid checksums. */
export function nudgePickle(archive: Uint8Array, roll: Dice): Uint8Array {
  const view = Buffer.from(archive)
  const start = 30 + view.readUInt16LE(26) + view.readUInt16LE(28)
  const pickle = pickleOf(archive)!
  const mutant = nudge(pickle, roll)
  view.set(mutant, start)
  const [was, is] = [Buffer.alloc(4), Buffer.alloc(4)]
  was.writeUInt32LE(crc32(pickle))
  is.writeUInt32LE(crc32(mutant))
  for (let at = view.indexOf(was); at >= 0; at = view.indexOf(was, at + 4)) is.copy(view, at)
  return new Uint8Array(view)
}

/** The pickle of an archive written by PyTorch, or Python's zipfile: the first entry. */
export function pickleOf(archive: Uint8Array): Uint8Array | undefined {
  const view = Buffer.from(archive)
  const central = view.indexOf('PK\x01\x02', 0, 'latin1')
  if (view.readUInt32LE(0) !== 0x04034b50 || central < 0) return undefined
  const start = 30 + view.readUInt16LE(26) + view.readUInt16LE(28)
  const size = view.readUInt32LE(central + 20)
  const data = view.subarray(start, start + size)
  return view.readUInt16LE(8) === 8 ? new Uint8Array(inflateRawSync(data)) : new Uint8Array(data)
}
