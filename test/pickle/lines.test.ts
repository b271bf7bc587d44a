/** The text of protocol 0 compared with Python itself: the same values, or a refusal. */
import { expect, test } from 'vitest'
import { memorySource } from '../../src/bytes/source.ts'
import { ToolError } from '../../src/errors.ts'
import { decodePickle } from '../../src/pickle/decode.ts'
import { decode, decodeValue } from '../helpers/pickle-bytes.ts'
import { PYTHON, runPython } from '../helpers/python.ts'

const HARMLESS = [
  'I12',
  'I-7',
  'I0',
  'I00',
  'I01',
  `I${2 ** 60}`,
  'L5L',
  'L-5',
  'L99999999999999999999L',
  'F1.5',
].concat(
  [
    'F-1e-7',
    'F.5',
    'F5.',
    'Finf',
    'F-Infinity',
    'Fnan',
    'F1E+3',
    "S'a'",
    'S"a"',
    "S''",
    "S'a'b'",
    "S'\\x41\\101'",
  ],
  [
    "S'\\n\\\\'",
    "S'\\401'",
    "S'\xc3\xa9'",
    'V',
    'Va\\u00e9',
    'V\\U0001f600',
    'V\xe9',
    'V\\x41',
    'V\\\\u0041',
    'V\\\\\\u0041',
    'V\\',
  ],
)

/** Python reads some of these as something unexpected, and others not at all. */
const REFUSED = [
  'I010',
  'I0x10',
  'I 1',
  'I+1',
  'I-0',
  'I001',
  'I1_0',
  'I',
  'I-',
  'L010L',
  'L0x10L',
  'LL',
  'L1LL',
].concat(
  [
    'F0x10',
    'F1_0',
    'F 1.5',
    'F',
    'F0b1',
    'F1e',
    "S'\\q'",
    "S'\\x4'",
    "S'\\'",
    "S 'a'",
    "S'a' ",
    'S\'a"',
    "S'",
    'S',
    "S'\\8'",
  ],
  ['V\\u12', 'V\\U0001f6', 'V\\U00110000', 'V\\udc80', 'V\\ud83d\\ude00'],
)

test.each(HARMLESS)('%j is read', async line => {
  expect(await decodeValue(`${line}\n.`)).toBeDefined()
})

test.each(REFUSED)('%j is refused', async line => {
  await expect(decode(`${line}\n.`)).rejects.toThrow(ToolError)
})

test('a line has at most 16 MiB', async () => {
  const line = (length: number) =>
    decodePickle(memorySource(Buffer.from(`V${'a'.repeat(length)}\n.`, 'latin1'), 'x'))
  expect((await line(16 * 1024 * 1024)).value).toHaveLength(16 * 1024 * 1024)
  await expect(line(16 * 1024 * 1024 + 1)).rejects.toThrow(/a line has more than 16777216 bytes/)
})

test('bytes that are not UTF-8 differ from any other text', async () => {
  // U+DC80 as Python 3 writes it, and the byte 80 as Python 2 does.
  const [three, two] = [await decodeValue('X\x03\0\0\0\xed\xb2\x80.'), await decodeValue('U\x01\x80.')]
  expect(three).not.toBe(two)
})

const SCRIPT = `
import json, pickle, sys
def read(line):
    value = pickle.loads(line.encode('latin1') + b'\\n.', encoding='utf-8')
    return value if isinstance(value, (bool, str)) else repr(value)
print(json.dumps([read(line) for line in json.loads(sys.argv[1])]))
`

/** A number as Python prints it, of any kind. */
const asNumber = (text: unknown): unknown =>
  /^-?\d+$/.test(String(text)) ? BigInt(String(text)) : Number(String(text).replace('inf', 'Infinity'))

test.skipIf(!PYTHON)('the values are the same as in Python', async () => {
  const theirs: unknown[] = JSON.parse(runPython('-c', SCRIPT, JSON.stringify(HARMLESS)))
  for (const [index, line] of HARMLESS.entries()) {
    const ours = await decodeValue(`${line}\n.`)
    if (typeof ours === 'boolean' || typeof ours === 'string') expect(ours, line).toBe(theirs[index])
    else
      expect(typeof ours === 'bigint' ? ours : Number(ours), line).toEqual(
        typeof ours === 'bigint' ? asNumber(theirs[index]) : Number(asNumber(theirs[index])),
      )
  }
})
