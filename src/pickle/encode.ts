/**
 * Value → bytes, protocol 2, using only opcodes that every PyTorch since 1.13 reads with `weights_only=True`: no floats
 * (BINFLOAT came later), no bytes, no integers beyond 255 bytes. No memo: equal parts are written again, which costs some ten
 * kilobytes, but makes the bytes independent of how the value was built.
 */
import { hasHalfCharacter } from '../bytes/text.ts'
import { UsageError } from '../errors.ts'
import { Call, Global, Persistent, type PickleValue, Tuple } from './values.ts'

const OP = {
  proto: 0x80,
  stop: 0x2e,
  mark: 0x28,
  none: 0x4e,
  newTrue: 0x88,
  newFalse: 0x89,
  binint: 0x4a,
  binint1: 0x4b,
  binint2: 0x4d,
  long1: 0x8a,
  binunicode: 0x58,
  emptyTuple: 0x29,
  tuple: 0x74,
  tupleOf: [0x29, 0x85, 0x86, 0x87],
  emptyList: 0x5d,
  appends: 0x65,
  emptyDict: 0x7d,
  setitems: 0x75,
  global: 0x63,
  reduce: 0x52,
  binpersid: 0x51,
} as const

/**
 * A call whose entries are created while writing, so that those of a hundred thousand tensors are never in memory at once.
 * Needs at least one entry.
 */
export class StreamedCall {
  readonly call: Call
  readonly entries: () => Iterable<readonly [PickleValue, PickleValue]>

  constructor(call: Call, entries: () => Iterable<readonly [PickleValue, PickleValue]>) {
    this.call = call
    this.entries = entries
  }
}

/** Values that can be written, including streamed calls in dicts. */
export type Encodable = PickleValue | StreamedCall | ReadonlyMap<PickleValue, Encodable>

/**
 * @throws TypeError for values outside the portable subset
 * @throws UsageError for a text with an unpaired surrogate
 */
export function encodePickle(value: Encodable): Uint8Array {
  const out = new Out()
  out.bytes(OP.proto, 2)
  encodeValue(out, value)
  out.byte(OP.stop)
  return out.finish()
}

function encodeValue(out: Out, value: Encodable): void {
  if (value === null) out.byte(OP.none)
  else if (typeof value === 'boolean') out.byte(value ? OP.newTrue : OP.newFalse)
  else if (typeof value === 'number' || typeof value === 'bigint') encodeInteger(out, value)
  else if (typeof value === 'string') encodeText(out, value)
  else if (value instanceof Tuple) encodeTuple(out, value.items)
  else if (Array.isArray(value)) encodeList(out, value)
  else if (value instanceof Map) encodeDict(out, value)
  else if (value instanceof Global) encodeGlobal(out, value)
  else if (value instanceof Call) encodeCall(out, value)
  else if (value instanceof Persistent) encodePersistent(out, value)
  else if (value instanceof StreamedCall) encodeStreamed(out, value)
  else throw new TypeError('sets and bytes cannot be written: not every PyTorch reads them with weights_only')
}

function encodeInteger(out: Out, value: number | bigint): void {
  if (typeof value === 'number' && !Number.isSafeInteger(value))
    throw new TypeError(`${value} cannot be written: PyTorch 1.13 reads no floats with weights_only`)
  if (value >= 0 && value < 0x100) out.bytes(OP.binint1, Number(value))
  else if (value >= 0 && value < 0x10000) out.bytes(OP.binint2, Number(value) & 0xff, Number(value) >> 8)
  else if (value >= -(2 ** 31) && value < 2 ** 31) out.u32(OP.binint, Number(value))
  else encodeLong(out, BigInt(value))
}

/** Two's complement, little-endian, in the fewest bytes that keep the sign. */
function encodeLong(out: Out, value: bigint): void {
  const bytes: number[] = []
  let rest = value
  for (;;) {
    const byte = Number(rest & 0xffn)
    bytes.push(byte)
    rest >>= 8n
    const signFits = byte < 0x80 ? rest === 0n : rest === -1n
    if (signFits) break
  }
  if (bytes.length > 255) throw new TypeError('integers beyond 255 bytes cannot be written')
  out.bytes(OP.long1, bytes.length, ...bytes)
}

function encodeText(out: Out, text: string): void {
  out.u32(OP.binunicode, 0)
  out.fixLength(out.text(text))
}

function encodeTuple(out: Out, items: readonly PickleValue[]): void {
  const short = items.length < OP.tupleOf.length
  if (!short) out.byte(OP.mark)
  for (const item of items) encodeValue(out, item)
  out.byte(short ? OP.tupleOf[items.length]! : OP.tuple)
}

function encodeList(out: Out, items: readonly PickleValue[]): void {
  out.byte(OP.emptyList)
  if (items.length === 0) return
  out.byte(OP.mark)
  for (const item of items) encodeValue(out, item)
  out.byte(OP.appends)
}

function encodeDict(out: Out, entries: ReadonlyMap<PickleValue, Encodable>): void {
  out.byte(OP.emptyDict)
  if (entries.size > 0) encodeEntries(out, entries)
}

function encodeEntries(out: Out, entries: Iterable<readonly [PickleValue, Encodable]>): void {
  out.byte(OP.mark)
  for (const [key, value] of entries) {
    encodeValue(out, key)
    encodeValue(out, value)
  }
  out.byte(OP.setitems)
}

function encodeGlobal(out: Out, { module, name }: Global): void {
  out.byte(OP.global)
  out.repeated(`${module}\n${name}\n`)
}

function encodeCall(out: Out, call: Call): void {
  if (call.state !== undefined || call.items.length > 0)
    throw new TypeError('objects with a state or items cannot be written')
  encodeValue(out, call.callee)
  encodeValue(out, call.args)
  out.byte(OP.reduce)
  if (call.entries.size > 0) encodeEntries(out, call.entries)
}

function encodeStreamed(out: Out, { call, entries }: StreamedCall): void {
  encodeCall(out, call)
  encodeEntries(out, entries())
}

function encodePersistent(out: Out, reference: Persistent): void {
  encodeValue(out, reference.id)
  out.byte(OP.binpersid)
}

const utf8 = new TextEncoder()

/** Longer texts are passed to the encoder: for short ones, the call takes longer than the characters. */
const SHORT_TEXT = 64

/** The encoder would silently replace an unpaired surrogate. */
function requireWhole(text: string): void {
  if (hasHalfCharacter(text))
    throw new UsageError(
      `An unpaired surrogate cannot be written: ${JSON.stringify(text.slice(0, 200))}.`,
      'Use names and strings without unpaired surrogates.',
    )
}

/** A growing buffer. */
class Out {
  #bytes = new Uint8Array(64 * 1024)
  #length = 0
  /** What every tensor names, such as the class of its storage. */
  readonly #known = new Map<string, Uint8Array>()

  byte(value: number): void {
    if (this.#length === this.#bytes.length) this.#reserve(1)
    this.#bytes[this.#length++] = value
  }

  bytes(...values: number[]): void {
    for (const value of values) this.byte(value)
  }

  /** A byte, then a number in four bytes. */
  u32(code: number, value: number): void {
    this.byte(code)
    this.byte(value & 0xff)
    this.byte((value >> 8) & 0xff)
    this.byte((value >> 16) & 0xff)
    this.byte((value >> 24) & 0xff)
  }

  /** Text that is written again and again: the bytes of the first time are copied. */
  repeated(text: string): void {
    const known = this.#known.get(text)
    if (known) {
      this.#reserve(known.length)
      this.#bytes.set(known, this.#length)
      this.#length += known.length
      return
    }
    const start = this.#length
    this.text(text)
    this.#known.set(text, this.#bytes.slice(start, this.#length))
  }

  /** Writes text as UTF-8; returns the number of bytes. */
  text(text: string): number {
    this.#reserve(3 * text.length)
    const written = this.#ascii(text) ?? this.#utf8(text)
    this.#length += written
    return written
  }

  /** @returns undefined for a text that is long or not ASCII */
  #ascii(text: string): number | undefined {
    if (text.length > SHORT_TEXT) return undefined
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i)
      if (code >= 0x80) return undefined
      this.#bytes[this.#length + i] = code
    }
    return text.length
  }

  #utf8(text: string): number {
    requireWhole(text)
    return utf8.encodeInto(text, this.#bytes.subarray(this.#length)).written
  }

  /** Writes `length` into the four bytes before the last `length` bytes. */
  fixLength(length: number): void {
    new DataView(this.#bytes.buffer).setUint32(this.#length - length - 4, length, true)
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return
    const larger = new Uint8Array(2 * (this.#length + count))
    larger.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = larger
  }

  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }
}
