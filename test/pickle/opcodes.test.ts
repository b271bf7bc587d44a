/** The table of opcodes is CPython's, and each opcode does the same to the stack as in CPython. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { FormatError } from '../../src/errors.ts'
import { OPCODES } from '../../src/pickle/opcodes.ts'
import { Call, Global, Instance, Persistent, type PickleValue, Tuple } from '../../src/pickle/values.ts'
import { bytesOf, decode, globalName, type Part, text, u32, u64 } from '../helpers/pickle-bytes.ts'

const cpython: { name: string; code: number; proto: number }[] = JSON.parse(
  readFileSync(new URL('../../fixtures/pickletools.json', import.meta.url), 'utf8'),
)

describe('the table', () => {
  test('has the names and codes of CPython, each once', () => {
    const ours = OPCODES.map(({ name, code }) => ({ name, code })).sort((a, b) => a.code - b.code)
    expect(ours).toEqual(cpython.map(({ name, code }) => ({ name, code })))
  })

  test('has no duplicate codes', () => {
    expect(new Set(OPCODES.map(({ code }) => code)).size).toBe(OPCODES.length)
  })
})

const tuple = (...items: PickleValue[]): Tuple => new Tuple(items)
const dict = (...entries: [PickleValue, PickleValue][]): Map<PickleValue, PickleValue> => new Map(entries)
const C = new Global('m', 'C')
const one = bytesOf('K\x01')
const two = bytesOf('K\x02')

function callWith(
  args: readonly PickleValue[],
  more: Partial<Pick<Call, 'state' | 'items' | 'entries'>> = {},
) {
  return Object.assign(new Call(C, tuple(...args)), more)
}

/** The results of pickle.loads for the same bytes, in the types of values.ts. Without the STOP at the end. */
const EXAMPLES: Readonly<Record<string, readonly (readonly [readonly Part[], PickleValue])[]>> = {
  NONE: [[['N'], null]],
  NEWTRUE: [[['\x88'], true]],
  NEWFALSE: [[['\x89'], false]],
  INT: [
    [['I-5\n'], -5],
    [['I00\n'], false],
    [['I01\n'], true],
    [['I0\n'], 0],
    [['I9007199254740993\n'], 9007199254740993n],
  ],
  BININT: [
    [['J', u32(0xfffffffe)], -2],
    [['J', u32(0x7fffffff)], 2147483647],
  ],
  BININT1: [[['K\xff'], 255]],
  BININT2: [[['M\x01\xff'], 0xff01]],
  LONG: [
    [['L1180591620717411303424L\n'], 2n ** 70n],
    [['L-3L\n'], -3],
    [['L12\n'], 12],
  ],
  LONG1: [
    [['\x8a', 0], 0],
    [['\x8a', 1, 0xfb], -5],
    [['\x8a', 2, 0xff, 0x00], 255],
    [['\x8a', 5, 0, 0, 0, 0, 0xfe], -8589934592],
    [['\x8a', 8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], 2n ** 63n - 1n],
    [['\x8a', 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19], 0x1950a86a20f9469cfc6cn],
  ],
  LONG4: [
    [['\x8b', u32(1), 0xff], -1],
    [['\x8b', u32(0)], 0],
    [['\x8b', u32(300), new Uint8Array(299), 1], 2n ** (299n * 8n)],
  ],
  FLOAT: [
    [['F1.5e3\n'], 1500],
    [['F-inf\n'], Number.NEGATIVE_INFINITY],
    [['Finf\n'], Number.POSITIVE_INFINITY],
    [['Fnan\n'], Number.NaN],
  ],
  BINFLOAT: [
    [['G', 0x3f, 0xf8, 0, 0, 0, 0, 0, 0], 1.5],
    [['G', 0x80, 0, 0, 0, 0, 0, 0, 0], -0],
  ],
  STRING: [
    [["S'a\\n\\x41\\101\\\\'\n"], 'a\nAA\\'],
    [['S"it\'s"\n'], "it's"],
    // PyTorch lets Python decode the bytes behind the escapes as UTF-8.
    [["S'\\xc3\\xa9'\n"], 'é'],
  ],
  BINSTRING: [[['T', u32(3), 'cpu'], 'cpu']],
  SHORT_BINSTRING: [
    [['U\x03cpu'], 'cpu'],
    [['U\x02\xc3\xa9'], 'é'],
    [['U\x02\xff\xfe'], '\udcff\udcfe'],
  ],
  UNICODE: [
    [['V\\u00e9\\U0001f600\n'], 'é😀'],
    // Bytes are Latin-1 here, even if they happen to be UTF-8.
    [['V\xe9\n'], 'é'],
    [['V\xc3\xa9\n'], 'Ã©'],
  ],
  SHORT_BINUNICODE: [[['\x8c\x02\xc3\xa9'], 'é']],
  BINUNICODE: [
    [[text('é😀')], 'é😀'],
    [[text('')], ''],
    [[text('x'.repeat(100))], 'x'.repeat(100)],
    // A lone surrogate, as Python writes it: its bytes become one surrogate each, unlike the same code points as text.
    [['X', u32(3), 0xed, 0xb2, 0x80], '\udced\udcb2\udc80'],
    [['X', u32(6), 0xc3, 0xad, 0xc2, 0xb2, 0xc2, 0x80], '\xed\xb2\x80'],
    [['X', u32(4), 0xef, 0xbb, 0xbf, 0x61], '\ufeffa'],
  ],
  BINUNICODE8: [[['\x8d', u64(2), 'hi'], 'hi']],
  SHORT_BINBYTES: [[['C\x02\x00\xff'], Uint8Array.of(0, 255)]],
  BINBYTES: [[['B', u32(2), '\x00\xff'], Uint8Array.of(0, 255)]],
  BINBYTES8: [[['\x8e', u64(2), '\x00\xff'], Uint8Array.of(0, 255)]],
  BYTEARRAY8: [[['\x96', u64(2), '\x00\xff'], Uint8Array.of(0, 255)]],
  READONLY_BUFFER: [[['C\x01a\x98'], Uint8Array.of(0x61)]],
  EMPTY_TUPLE: [[[')'], tuple()]],
  TUPLE1: [[[one, '\x85'], tuple(1)]],
  TUPLE2: [[[one, two, '\x86'], tuple(1, 2)]],
  TUPLE3: [[[one, two, 'K\x03\x87'], tuple(1, 2, 3)]],
  TUPLE: [
    [['(', one, two, one, two, 't'], tuple(1, 2, 1, 2)],
    [['(t'], tuple()],
  ],
  EMPTY_LIST: [[[']'], []]],
  LIST: [
    [
      ['(', one, two, 'l'],
      [1, 2],
    ],
  ],
  APPEND: [
    [
      [']', one, 'a', two, 'a'],
      [1, 2],
    ],
  ],
  APPENDS: [
    [
      ['](', one, two, 'e'],
      [1, 2],
    ],
    [['](e'], []],
    [[globalName('m', 'C'), ')R(', one, 'e'], callWith([], { items: [1] })],
  ],
  EMPTY_DICT: [[['}'], dict()]],
  DICT: [[['(', text('a'), one, text('b'), two, 'd'], dict(['a', 1], ['b', 2])]],
  SETITEM: [
    [['}', text('a'), one, 's'], dict(['a', 1])],
    [['}', one, text('int'), 's', text('1'), text('str'), 's'], dict([1, 'int'], ['1', 'str'])],
    [['}', text('a'), one, 's', text('a'), two, 's'], dict(['a', 2])],
  ],
  SETITEMS: [
    [['}(', text('a'), one, text('__proto__'), two, 'u'], dict(['a', 1], ['__proto__', 2])],
    [[globalName('m', 'C'), ')R(', text('a'), one, 'u'], callWith([], { entries: dict(['a', 1]) })],
  ],
  EMPTY_SET: [[['\x8f'], new Set()]],
  ADDITEMS: [
    [['\x8f(', one, two, one, '\x90'], new Set([1, 2])],
    [[globalName('m', 'C'), ')R(', one, '\x90'], callWith([], { items: [1] })],
  ],
  FROZENSET: [[['(', one, two, '\x91'], new Set([1, 2])]],
  MARK: [[['(', one, '((t(ttt'], tuple(1, tuple(tuple(), tuple()))]],
  POP: [
    [[one, two, '0'], 1],
    // Pops the mark if nothing is above it.
    [[one, '(0'], 1],
  ],
  POP_MARK: [[[one, '(', two, two, '1'], 1]],
  DUP: [[[one, '2\x86'], tuple(1, 1)]],
  PUT: [[[one, 'p300\n0g300\n'], 1]],
  BINPUT: [[[one, 'q\xff0h\xff'], 1]],
  LONG_BINPUT: [[[one, 'r', u32(70000), '0j', u32(70000)], 1]],
  MEMOIZE: [[['(', one, '\x94', two, '\x94h\x00h\x01t'], tuple(1, 2, 1, 2)]],
  GET: [[[one, 'p0\ng0\n\x86'], tuple(1, 1)]],
  BINGET: [[[one, 'q\x00h\x00\x86'], tuple(1, 1)]],
  LONG_BINGET: [[[one, 'q\x00j', u32(0), '\x86'], tuple(1, 1)]],
  GLOBAL: [[[globalName('torch.nn', 'Module.a')], new Global('torch.nn', 'Module.a')]],
  STACK_GLOBAL: [[[text('m'), text('C'), '\x93'], C]],
  EXT1: [[['\x82\x05'], new Global('copyreg', 'extension 5')]],
  EXT2: [[['\x83\x05\x01'], new Global('copyreg', 'extension 261')]],
  EXT4: [[['\x84', u32(70000)], new Global('copyreg', 'extension 70000')]],
  REDUCE: [[[globalName('m', 'C'), one, '\x85R'], callWith([1])]],
  NEWOBJ: [[[globalName('m', 'C'), one, '\x85\x81'], new Instance(C, tuple(1))]],
  NEWOBJ_EX: [
    [[globalName('m', 'C'), one, '\x85}', text('k'), two, 's\x92'], callWith([tuple(1), dict(['k', 2])])],
  ],
  INST: [[['(', one, two, 'im\nC\n'], callWith([1, 2])]],
  // The class is the first item above the mark, not the last, as some readers assume.
  OBJ: [[['(', globalName('m', 'C'), one, two, 'o'], callWith([1, 2])]],
  BUILD: [[[globalName('m', 'C'), ')R}', text('a'), one, 'sb'], callWith([], { state: dict(['a', 1]) })]],
  PERSID: [[['Pstorage 7\n'], new Persistent('storage 7')]],
  BINPERSID: [[[text('s'), one, '\x86Q'], new Persistent(tuple('s', 1))]],
  PROTO: [[['\x80\x05', one], 1]],
  FRAME: [[['\x95', u64(3), one], 1]],
  STOP: [[[one], 1]],
}

/** Never decoded: its buffer is outside of the file. */
const REFUSED = ['NEXT_BUFFER']

describe('decoding', () => {
  test('every opcode has an example', () => {
    const names = [...Object.keys(EXAMPLES), ...REFUSED].sort()
    expect(names).toEqual(cpython.map(({ name }) => name).sort())
  })

  const examples = Object.entries(EXAMPLES).flatMap(([name, list]) =>
    list.map(([parts, value], index) => ({ name, index, parts, value })),
  )

  test.each(examples)('$name, example $index', async ({ name, parts, value }) => {
    const bytes = bytesOf(...parts, '.')
    expect([...bytes]).toContain(OPCODES.find(opcode => opcode.name === name)!.code)
    const pickle = await decode(bytes)
    expect(pickle.value).toStrictEqual(value)
    expect(pickle.end).toBe(bytes.length)
  })

  test.each(REFUSED)('%s is refused', async name => {
    const code = OPCODES.find(opcode => opcode.name === name)!.code
    await expect(decode(code, '.')).rejects.toThrow(/a buffer that was kept outside/)
  })
})

/** Valid arguments for opcodes that have some: then the stack is what fails. */
const ARGUMENT: Readonly<Record<string, readonly Part[]>> = {
  PUT: ['0\n'],
  BINPUT: ['\x00'],
  LONG_BINPUT: [u32(0)],
  INST: ['m\nC\n'],
}

describe('a stack with too few values', () => {
  const consumers = OPCODES.filter(({ effect }) => effect.split('→')[0]!.trim() !== '')

  test.each(consumers)('$name on an empty stack is refused', async ({ name, code }) => {
    // Two opcodes pop a mark: on an empty stack, the error is that there is none.
    const failing = decode('\x80\x02', code, ...(ARGUMENT[name] ?? []), '.')
    await expect(failing).rejects.toThrow(FormatError)
    await expect(failing).rejects.toThrow(
      /^test\.pkl: byte 2 \(0x2\): expected (a value|a mark|a list|a tuple)[^,]*, found/,
    )
  })

  const others = consumers.filter(({ name, effect }) => !effect.startsWith('|') && name !== 'POP')

  test.each(others)('$name does not reach below a mark', async ({ name, code }) => {
    // Every kind of value that it might need is below the mark: a list, a dict, an object, strings.
    const below = [']', '}', globalName('m', 'C'), ')R', text('m'), text('C'), ')']
    const isMarked = OPCODES.find(opcode => opcode.name === name)!.effect.includes('|')
    const bytes = bytesOf(...below, '(', ...(isMarked ? ['('] : []), code, ...(ARGUMENT[name] ?? []), '.')
    await expect(decode(bytes)).rejects.toThrow(/expected a value on the stack, found none/)
  })
})
