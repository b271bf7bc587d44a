/** What is encoded decodes to the same value, with opcodes that every PyTorch reads with weights_only. */
import { describe, expect, test } from 'vitest'
import { memorySource } from '../../src/bytes/source.ts'
import { decodePickle } from '../../src/pickle/decode.ts'
import { encodePickle, StreamedCall } from '../../src/pickle/encode.ts'
import { OPCODES } from '../../src/pickle/opcodes.ts'
import { Call, Global, Persistent, type PickleValue, Tuple } from '../../src/pickle/values.ts'
import { bytesOf } from '../helpers/pickle-bytes.ts'

const decode = async (bytes: Uint8Array) => decodePickle(memorySource(bytes, 'encoded'))

const withEntries = (): Call => {
  const call = new Call(new Global('collections', 'OrderedDict'), new Tuple([]))
  call
    .ownEntries()
    .set('weight', new Persistent(new Tuple(['storage', '0'])))
    .set('bias', 7)
  return call
}

const VALUES: readonly (readonly [string, PickleValue])[] = [
  ['None', null],
  ['True', true],
  ['False', false],
  ['an empty string', ''],
  ['a string', 'état 😀'],
  ['a string that is longer than the first buffer', 'x'.repeat(100_000)],
  ['a list', [1, [2, []], 'three']],
  ['an empty dict', new Map()],
  [
    'a dict',
    new Map<PickleValue, PickleValue>([
      ['a', 1],
      [2, new Map()],
    ]),
  ],
  ['a global', new Global('torch', 'FloatStorage')],
  ['a call', new Call(new Global('torch', 'Size'), new Tuple([[1, 2]]))],
  ['a call with entries', withEntries()],
  ['a persistent reference', new Persistent(new Tuple(['storage', 1]))],
  ...[0, 1, 2, 3, 4, 5].map(length => {
    const items = Array.from({ length }, (_, index) => index)
    return [`a tuple of ${length}`, new Tuple(items)] as const
  }),
]

test.each(VALUES)('%s is the same after decoding', async (_, value) => {
  const bytes = encodePickle(value)
  const pickle = await decode(bytes)
  expect(pickle.value).toStrictEqual(value)
  expect(pickle.end).toBe(bytes.length)
})

test('a streamed call is written like one with the entries in memory', () => {
  const whole = withEntries()
  const empty = new Call(whole.callee, whole.args)
  expect(encodePickle(new Map([['a', new StreamedCall(empty, () => whole.entries)]]))).toEqual(
    encodePickle(new Map([['a', whole]])),
  )
})

test('integers at every boundary are the same after decoding, of either sign', async () => {
  for (const bits of [0n, 7n, 8n, 15n, 16n, 31n, 32n, 39n, 53n, 63n, 64n, 100n, 2000n])
    for (const near of [-1n, 0n, 1n])
      for (const sign of [1n, -1n]) {
        const exact = sign * (2n ** bits + near)
        const value = Number.isSafeInteger(Number(exact)) ? Number(exact) : exact
        expect((await decode(encodePickle(value))).value).toBe(value === 0 ? 0 : value)
      }
})

// The same bytes as CPython's pickle.dumps(value, protocol=2), which does not memoise these.
test.each([
  [0, 'K\x00'],
  [255, 'K\xff'],
  [256, 'M\x00\x01'],
  [65535, 'M\xff\xff'],
  [65536, 'J\x00\x00\x01\x00'],
  [-1, 'J\xff\xff\xff\xff'],
  [-(2 ** 31), 'J\x00\x00\x00\x80'],
  [2 ** 31, '\x8a\x05\x00\x00\x00\x80\x00'],
  [-(2 ** 31) - 1, '\x8a\x05\xff\xff\xff\x7f\xff'],
  [2n ** 70n, '\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x00\x40'],
] as const)('%s has the same bytes as in CPython', (value, bytes) => {
  expect(encodePickle(value)).toEqual(bytesOf('\x80\x02', bytes, '.'))
})

test('only opcodes that PyTorch 1.13 reads with weights_only=True', () => {
  const allowed = new Set(
    (
      'PROTO STOP MARK TUPLE TUPLE1 TUPLE2 TUPLE3 EMPTY_TUPLE EMPTY_LIST EMPTY_DICT EMPTY_SET NONE NEWTRUE NEWFALSE ' +
      'BININT BININT1 BININT2 LONG1 BINUNICODE SHORT_BINSTRING BINPERSID BINGET LONG_BINGET BINPUT LONG_BINPUT GLOBAL ' +
      'NEWOBJ REDUCE BUILD APPEND APPENDS SETITEM SETITEMS'
    ).split(' '),
  )
  const everything = [...VALUES.map(([, value]) => value), 2 ** 40, -1, 1000]
  const used = opcodesIn(encodePickle(everything))
  expect(used.size).toBeGreaterThan(15)
  expect([...used].filter(name => !allowed.has(name))).toEqual([])
})

/** The names of all opcodes, found without the decoder. */
function opcodesIn(bytes: Uint8Array): Set<string> {
  const names = new Set<string>()
  for (let at = 0; at < bytes.length; ) {
    const name = OPCODES.find(({ code }) => code === bytes[at])!.name
    names.add(name)
    at += 1 + (ARGUMENT_LENGTH[name]?.(bytes, at + 1) ?? 0)
  }
  return names
}

const ARGUMENT_LENGTH: Readonly<Record<string, (bytes: Uint8Array, at: number) => number>> = {
  PROTO: () => 1,
  BININT: () => 4,
  BININT1: () => 1,
  BININT2: () => 2,
  LONG1: (bytes, at) => 1 + bytes[at]!,
  BINUNICODE: (bytes, at) => 4 + new DataView(bytes.buffer).getUint32(at, true),
  GLOBAL: (bytes, at) => bytes.indexOf(0x0a, bytes.indexOf(0x0a, at) + 1) + 1 - at,
}

describe('what cannot be written portably is refused', () => {
  const stateful = new Call(new Global('m', 'C'), new Tuple([]))
  stateful.state = null
  const appended = new Call(new Global('m', 'C'), new Tuple([]))
  appended.ownItems().push(1)

  test.each([
    ['a float', 0.5, /no floats/],
    ['infinity', Number.POSITIVE_INFINITY, /no floats/],
    ['a number beyond 2^53', 2 ** 60, /no floats/],
    ['an integer of 256 bytes', 2n ** 2047n, /beyond 255 bytes/],
    ['bytes', new Uint8Array(1), /sets and bytes/],
    ['a set', new Set<PickleValue>(), /sets and bytes/],
    ['an object with a state', stateful, /state or items/],
    ['an object with items', appended, /state or items/],
  ] as const)('%s', (_, value, message) => {
    expect(() => encodePickle([value as PickleValue])).toThrow(TypeError)
    expect(() => encodePickle([value as PickleValue])).toThrow(message)
  })
})

test('an unpaired surrogate is not written as another character', () => {
  for (const text of ['state\udce3', '\ud83d'])
    expect(() => encodePickle(new Map([[text, 1]]))).toThrow(/An unpaired surrogate cannot be written/)
})
