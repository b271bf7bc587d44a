/** Decoding calls nothing, stops at its limits, and answers a hostile pickle with a typed error at the right byte. */
import { describe, expect, test } from 'vitest'
import { memorySource } from '../../src/bytes/source.ts'
import { FormatError, UnsupportedError } from '../../src/errors.ts'
import { decodePickle } from '../../src/pickle/decode.ts'
import { MAX_PICKLE_BYTES, MAX_PICKLE_MEMORY, MAX_PICKLE_STEPS } from '../../src/pickle/limits.ts'
import { Call, Global, Persistent, type PickleValue, Tuple } from '../../src/pickle/values.ts'
import {
  bytesOf,
  decode,
  decodeValue,
  globalName,
  type Part,
  text,
  u32,
  u64,
} from '../helpers/pickle-bytes.ts'
import { sparseSource } from '../helpers/sparse-source.ts'

describe('decoded values', () => {
  test('a long Python 2 string is bytes if it is not UTF-8, like the numbers of an array', async () => {
    const numbers = new Uint8Array(70_000).fill(0xff)
    expect(await decodeValue('T', u32(70_000), numbers, '.')).toEqual(numbers)
    expect(await decodeValue('T', u32(9000), numbers.subarray(0, 9000), '.')).toBe('\udcff'.repeat(9000))
    expect(await decodeValue('T', u32(70_000), numbers.fill(0x61), '.')).toBe('a'.repeat(70_000))
  })

  test('an attack becomes a record of its call', async () => {
    const pickle = await decode(globalName('os', 'system'), text('touch /tmp/owned'), '\x85R.')
    expect(pickle.value).toEqual(
      new Call(new Global('os', 'system'), new Tuple([expect.stringContaining('touch')])),
    )
    expect(pickle.globals.map(({ path }) => path)).toEqual(['os.system'])
    expect(pickle.calls).toEqual([pickle.value])
  })

  test('what was popped off the stack is still reported', async () => {
    const pickle = await decode(globalName('os', 'system'), text('x'), '\x85R0', 'Pid\n0', 'N.')
    expect(pickle.value).toBeNull()
    expect(pickle.globals).toEqual([new Global('os', 'system')])
    expect(pickle.calls).toHaveLength(1)
    expect(pickle.persistent).toEqual([new Persistent('id')])
  })

  test('globals are listed each time they are named, in order', async () => {
    const pickle = await decode('(', globalName('a', 'A'), globalName('b', 'B'), globalName('a', 'A'), 't.')
    expect(pickle.globals.map(({ path }) => path)).toEqual(['a.A', 'b.B', 'a.A'])
  })

  test('the memo returns the same object', async () => {
    const value = (await decodeValue('(]q\x00h\x00t.')) as Tuple
    expect(value.items[0]).toBe(value.items[1])
  })

  test('a list can contain itself', async () => {
    const value = (await decodeValue(']q\x00h\x00a.')) as PickleValue[]
    expect(value).toHaveLength(1)
    expect(value[0]).toBe(value)
  })

  test('a million shared references take memory in proportion to their bytes', async () => {
    // Each level contains the one below ten times: 10^30 elements when expanded.
    const level = 'q\x00(h\x00h\x00h\x00h\x00h\x00h\x00h\x00h\x00h\x00h\x00l'
    const value = await decodeValue(']', level.repeat(30), '.')
    let depth = 0
    for (let at = value; Array.isArray(at) && at.length > 0; at = at[1]!) depth++
    expect(depth).toBe(30)
  })

  test('deep nesting does not need a deep stack', async () => {
    const depth = 200_000
    let value = await decodeValue(')', '\x85'.repeat(depth), '.')
    for (let i = 0; i < depth; i++) value = (value as Tuple).items[0]!
    expect(value).toEqual(new Tuple([]))
  })

  test('a list of 300,000 items at once', async () => {
    const value = (await decodeValue('](', 'K\x07'.repeat(300_000), 'e.')) as PickleValue[]
    expect(value).toHaveLength(300_000)
  })

  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('a key named %s', async key => {
    const value = (await decodeValue('}', text(key), '}', text('x'), 'K\x01ss.')) as Map<
      PickleValue,
      PickleValue
    >
    expect([...value.keys()]).toEqual([key])
    expect(({} as Record<string, unknown>).x).toBeUndefined()
  })

  test('bytes do not change when the source does', async () => {
    const bytes = bytesOf('C\x03abc.')
    const { value } = await decodePickle(memorySource(bytes, 'x'))
    bytes.fill(0)
    expect(value).toEqual(bytesOf('abc'))
  })
})

describe('the end of a pickle', () => {
  test('several pickles in sequence', async () => {
    const bytes = bytesOf('junk', '\x80\x02K\x01.', '\x80\x02]K\x02a.', 'tail')
    const source = memorySource(bytes, 'x')
    const first = await decodePickle(source, 4)
    const second = await decodePickle(source, first.end)
    expect([first.value, first.end]).toEqual([1, 9])
    expect([second.value, second.end]).toEqual([[2], 16])
  })

  test('only the beginning of a file of many gigabytes is read', async () => {
    const source = sparseSource(2 ** 45, [{ offset: 2 ** 44, bytes: bytesOf('\x80\x02K\x01.') }])
    expect(await decodePickle(source, 2 ** 44)).toMatchObject({ value: 1, end: 2 ** 44 + 5 })
  })
})

const DAMAGED: readonly (readonly [what: string, parts: readonly Part[], byte: number, message: RegExp])[] = [
  ['nothing at all', [], 0, /ends in the middle of an item \(byte 0\); at least 1 more/],
  ['no STOP', ['\x80\x02K\x01'], 4, /ends in the middle of an item \(byte 4\)/],
  ['an opcode that does not exist', ['N\xff.'], 1, /expected a pickle opcode, found byte 0xff/],
  ['the byte zero', ['N\x00.'], 1, /expected a pickle opcode, found byte 0x00/],
  ['STOP on an empty stack', ['.'], 0, /expected a value on the stack, found none/],
  ['STOP on a mark', ['K\x01(.'], 3, /expected a value on the stack, found none/],
  ['a future protocol', ['\x80\x06N.'], 0, /expected a pickle protocol up to 5, found 6/],
  ['a memo key that was never set', ['h\x05.'], 0, /expected something in the memo under 5, found nothing/],
  ['no mark for a tuple', ['K\x01t.'], 2, /expected a mark on the stack, found none/],
  ['a dict of odd length', ['(K\x01d.'], 3, /expected keys and values in pairs, found 1 values/],
  ['SETITEMS of odd length', ['}(K\x01u.'], 4, /expected keys and values in pairs, found 1 values/],
  ['SETITEM on a list', [']K\x01K\x02s.'], 5, /expected a dict to set items of, found a list of 0/],
  ['SETITEM on a string', [text('s'), 'K\x01K\x02s.'], 10, /expected a dict to set items of, found 's'/],
  ['APPEND to a tuple', [')K\x01a.'], 3, /expected a list to append to, found a tuple of 0/],
  ['APPEND to a class', ['cm\nC\nK\x01a.'], 7, /expected a list to append to, found m\.C/],
  ['ADDITEMS to a list', ['](K\x01\x90.'], 4, /expected a set to add to, found a list of 0/],
  ['BUILD of a dict', ['}}b.'], 2, /expected an object to set the state of, found a dict of 0/],
  [
    'BUILD of an object that already has a state',
    ['cm\nC\n)R}b}b.'],
    10,
    /an object without a state, found an object made by m\.C that/,
  ],
  [
    'a name of a megabyte',
    [`c${'m'.repeat(1_000_000)}\nC\n.`],
    0,
    /a name of up to 1000 characters, found 1000001/,
  ],
  ['REDUCE with a list', ['cm\nC\n]R.'], 6, /expected a tuple of arguments, found a list of 0/],
  ['NEWOBJ with None', ['cm\nC\nN\x81.'], 6, /expected a tuple of arguments, found None/],
  ['OBJ without a class', ['(o.'], 1, /expected a class to instantiate, found nothing/],
  [
    'STACK_GLOBAL with a number',
    ['K\x01K\x02\x93.'],
    4,
    /expected two strings that name a global, found 1 and 2/,
  ],
  ['a string longer than the file', ['X', u32(0xffffffff), 'a.'], 0, /ends in the middle of an item/],
  ['bytes of a negative length', ['B', u32(0xfffffffb), '.'], 0, /ends in the middle of an item/],
  ['bytes of 2^63', ['\x8e', u64(2n ** 63n), '.'], 0, /ends in the middle of an item/],
  ['bytes of 2^64 - 1', ['\x96', u64(2n ** 64n - 1n), '.'], 0, /ends in the middle of an item/],
  ['an unterminated line', ['cmodule'], 0, /ends in the middle of an item/],
  ['a number with letters', ['I12a\n.'], 0, /expected a decimal integer, found '12a'/],
  ['an integer in hex', ['I0x10\n.'], 0, /expected a decimal integer/],
  ['an empty integer', ['I\n.'], 0, /expected a decimal integer, found ''/],
  ['a float of letters', ['Fabc\n.'], 0, /expected a decimal number, found 'abc'/],
  ['an empty float', ['F\n.'], 0, /expected a decimal number, found ''/],
  ['a string without quotes', ['Sabc\n.'], 0, /expected a string in quotes, found 'abc'/],
  ['a string with two kinds of quotes', ['S\'abc"\n.'], 0, /expected a string in quotes/],
  ['a negative memo key', ['N', 'p-1\n.'], 1, /expected a decimal number, found '-1'/],
  ['a memo key followed by junk', ['N', 'g1 x\n.'], 1, /expected a decimal number, found '1 x'/],
  [
    'a LONG4 of a negative length',
    ['\x8b', u32(0xffffffff), '.'],
    0,
    /expected the length of a number, found -1/,
  ],
]

describe('a damaged pickle is refused', () => {
  test.each(DAMAGED)('%s', async (_, parts, byte, message) => {
    const error = await decode(...parts).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(FormatError)
    expect((error as FormatError).place).toEqual({ source: 'test.pkl', offset: byte })
    expect((error as FormatError).message).toMatch(message)
    expect((error as FormatError).advice).not.toBe('')
  })

  test('truncated anywhere', async () => {
    const bytes = bytesOf(
      '\x80\x02}(',
      text('w'),
      globalName('m', 'C'),
      'G',
      u64(0),
      '\x85R',
      'J',
      u32(7),
      'q\x01\x86',
    )
    for (let length = 0; length <= bytes.length; length++)
      await expect(decode(bytes.subarray(0, length)), `cut at ${length}`).rejects.toThrow(FormatError)
  })

  test('the bytes around the place are shown', async () => {
    const error = (await decode('\x80\x02]}b.').catch((thrown: unknown) => thrown)) as FormatError
    expect(error.excerpt).toContain('[62]')
    expect(error.excerpt).toContain('..]}b.')
  })
})

describe('limits', () => {
  test('bytes', async () => {
    const source = memorySource(bytesOf('](', 'K\x01'.repeat(100), 'e.'), 'x')
    await expect(decodePickle(source, 0, 50)).rejects.toThrow(/reaches past the limit of 50 bytes/)
    await expect(decodePickle(source, 0, source.size - 1)).rejects.toThrow(/reaches past the limit/)
    expect((await decodePickle(source, 0, source.size)).value).toHaveLength(100)
  })

  test('by default, an item of gigabytes is refused before memory is allocated for it', async () => {
    const source = sparseSource(2 ** 33, [{ offset: 0, bytes: bytesOf('X', u32(0xfffffff0)) }])
    await expect(decodePickle(source)).rejects.toThrow(
      `more than ${MAX_PICKLE_BYTES} bytes, more than any known checkpoint`,
    )
  })

  test('what exceeds them is not reported as damage, and may be allowed', async () => {
    const bytes = Buffer.concat([Buffer.alloc(MAX_PICKLE_MEMORY / 20_000, '}'), Buffer.from('.')])
    const refused = decodePickle(memorySource(bytes, 'x'), 0, undefined, 0.01)
    await expect(refused).rejects.toThrow(UnsupportedError)
    await expect(refused).rejects.toMatchObject({
      advice: expect.stringMatching(/save it again.*\{ limits: 4 \}/),
    })
    expect((await decodePickle(memorySource(bytes, 'x'), 0, undefined, 0.02)).value).toEqual(new Map())
  })

  test('integers: 2**10000 is accepted, and uselessly long ones are refused', async () => {
    const power = new Uint8Array(1251)
    power[1250] = 1
    expect(await decodeValue('\x8b', u32(1251), power, '.')).toBe(2n ** 10000n)
    expect(await decodeValue('L', `${2n ** 10000n}L\n.`)).toBe(2n ** 10000n)
    expect(await decodeValue('\x8a\x02\x00\xff.')).toBe(-256)
    await expect(decode('\x8b', u32(65537), '.')).rejects.toThrow(
      /an integer has 65537 bytes, and the limit is/,
    )
    await expect(decode('L', '1'.repeat(4301), 'L\n.')).rejects.toThrow(UnsupportedError)
  })

  test('opcodes', async () => {
    const bytes = new Uint8Array(MAX_PICKLE_STEPS / 100 + 2).fill('N'.charCodeAt(0))
    for (let i = 1; i < bytes.length; i += 2) bytes[i] = '0'.charCodeAt(0)
    const limited = decodePickle(memorySource(bytes, 'x'), 0, undefined, 0.01)
    await expect(limited).rejects.toThrow(/more than 500000 opcodes/)
  })

  test.each([
    ['numbers', 'N', 32],
    ['dicts', '}', 256],
    ['lists', ']', 240],
    ['marks', '(', 32],
    ['one-tuples', 'N\x85', 128],
    ['numbers of nine bytes', '\x8a\x09\x01\x01\x01\x01\x01\x01\x01\x01\x01', 48],
    ['texts', 'U\x02ab', 64],
    ['byte strings', 'C\x00', 240],
    ['memo entries', 'q\x01', 32],
    ['entries of objects', 'NNs', 128, globalName('m', 'C'), ')R'],
    ['calls', '))R', 256],
    ['globals', 'cm\nC\n', 128],
    ['references', 'NQ', 128],
  ] as const)('memory: %s', async (_, part, each, ...before) => {
    const begin = bytesOf(...(before.length > 0 ? before : ['}']))
    const most = MAX_PICKLE_MEMORY / 64
    const bytes = Buffer.concat([begin, Buffer.alloc((most / each + 1) * part.length, part, 'latin1')])
    await expect(decodePickle(memorySource(bytes, 'x'), 0, undefined, 1 / 64)).rejects.toThrow(
      `the pickle takes more than ${most} bytes of memory, more than any known checkpoint`,
    )
  })

  test('memory: entries', async () => {
    const entries = Array.from({ length: 150_000 }, (_, key) => bytesOf('J', u32(key), 'N'))
    const bytes = Buffer.concat([bytesOf('}('), ...entries, bytesOf('u.')])
    await expect(decodePickle(memorySource(bytes, 'x'), 0, undefined, 1 / 64)).rejects.toThrow(
      /bytes of memory/,
    )
    expect((await decodePickle(memorySource(bytes, 'x'))).value).toHaveProperty('size', 150_000)
  })
})
