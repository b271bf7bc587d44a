/** The rules of the safetensors format: the same headers are refused as by the official reader, for the same reasons. */
import { describe, expect, test } from 'vitest'
import { memorySource } from '../../../src/bytes/source.ts'
import { FormatError, UnsupportedError } from '../../../src/errors.ts'
import { openCheckpoint } from '../../../src/formats/index.ts'
import { TYPES } from '../../../src/formats/safetensors/layout.ts'
import { DTYPES, dtypeFacts, isDType } from '../../../src/tensor/dtype.ts'
import { bytesOf, u64 } from '../../helpers/pickle-bytes.ts'

const file = (header: string | Uint8Array, dataSize: number, length?: number): Uint8Array => {
  const bytes = typeof header === 'string' ? new TextEncoder().encode(header) : header
  return bytesOf(u64(length ?? bytes.length), bytes, new Uint8Array(dataSize))
}
const open = (bytes: Uint8Array) => openCheckpoint(memorySource(bytes, 'x.safetensors'))

const tensor = (shape: unknown, offsets: unknown, dtype: unknown = 'F32'): string =>
  JSON.stringify({ dtype, shape, data_offsets: offsets })
const header = (...tensors: readonly string[]): string =>
  `{${tensors.map((text, index) => `"t${index}":${text}`).join(',')}}`

const REFUSED: readonly (readonly [string, Uint8Array, RegExp])[] = [
  ['no JSON', file('{"a":', 0), /the header is not valid JSON/],
  ['no UTF-8', file(bytesOf('{"\xff":1}'), 0), /the header is not UTF-8/],
  ['a header longer than the file', file('{}', 0, 50), /expected 50 bytes here, found the end/],
  ['a tensor that is not an object', file('{"a":[]}', 0), /tensor "a" is not described by an object/],
  ['no shape', file(header('{"dtype":"F32","data_offsets":[0,4]}'), 4), /"t0" has no shape of whole numbers/],
  ['a negative size', file(header(tensor([-1], [0, 4])), 4), /"t0" has no shape of whole numbers/],
  ['half a size', file(header(tensor([0.5], [0, 4])), 4), /"t0" has no shape of whole numbers/],
  ['three offsets', file(header(tensor([1], [0, 4, 8])), 8), /has no data_offsets \[begin, end\]/],
  ['offsets turned round', file(header(tensor([1], [4, 0])), 4), /has no data_offsets \[begin, end\]/],
  ['no dtype', file(header(tensor([1], [0, 4], 7)), 4), /"t0" has no dtype/],
  [
    'offsets with a different size from the shape',
    file(header(tensor([2], [0, 4])), 4),
    /shape \(2\) and type F32 needs 8 bytes, its data_offsets span 4/,
  ],
  ['a shape with too many elements', file(header(tensor([2 ** 30, 2 ** 30], [0, 4])), 4), /needs NaN bytes/],
  ['half a byte', file(header(tensor([3], [0, 2], 'F4')), 2), /ends in half a byte: its last size is 3/],
  [
    'a hole',
    file(header(tensor([1], [0, 4]), tensor([1], [8, 12])), 12),
    /"t1" begins at 8, after a gap: the one before ends at 4/,
  ],
  ['a hole at the start', file(header(tensor([1], [4, 8])), 8), /"t0" begins at 4, after a gap/],
  [
    'an overlap',
    file(header(tensor([2], [0, 8]), tensor([2], [4, 12])), 12),
    /"t1" begins at 4, inside the one before, which ends at 8/,
  ],
  [
    'two tensors of the same bytes',
    file(header(tensor([1], [0, 4]), tensor([1], [0, 4])), 4),
    /begins at 0, inside/,
  ],
  [
    'bytes at the end',
    file(header(tensor([1], [0, 4])), 9),
    /5 bytes after the last tensor do not belong to any tensor/,
  ],
  [
    'too few bytes',
    file(header(tensor([1], [0, 4])), 3),
    /is cut short: its tensors take 4 bytes, but only 3 follow/,
  ],
  [
    'a name twice',
    file('{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"\\u0061":1}', 0),
    /has "a" twice/,
  ],
  [
    'a field twice',
    file('{"a":{"dtype":"F32","shape":[0],"shape":[0],"data_offsets":[0,0]}}', 0),
    /has "shape" twice/,
  ],
  [
    'metadata other than strings',
    file('{"__metadata__":{"a":1}}', 0),
    /__metadata__ is not an object of strings/,
  ],
  ['metadata that are a list', file('{"__metadata__":[]}', 0), /__metadata__ is not an object of strings/],
]

describe('refused', () => {
  test.each(REFUSED)('%s', async (_, bytes, message) => {
    const opening = open(bytes)
    await expect(opening).rejects.toThrow(FormatError)
    await expect(opening).rejects.toThrow(message)
  })

  test('a type that PyTorch does not have', async () => {
    const opening = open(file(header(tensor([4], [0, 3], 'F6_E2M3')), 3))
    await expect(opening).rejects.toThrow(UnsupportedError)
    await expect(opening).rejects.toThrow(/"t0" is of type "F6_E2M3", which PyTorch does not have/)
  })

  test('more values than any checkpoint has, before memory is allocated for them', async () => {
    const opening = open(file(`{"a":[${'[],'.repeat(1_500_001)}[]]}`, 0))
    await expect(opening).rejects.toThrow(/the header has more than 3000000 values/)
  })

  test('more metadata than anyone writes', async () => {
    const entries = Array.from({ length: 100_001 }, (_, index) => `"${index}":""`)
    const opening = open(file(`{"__metadata__":{${entries.join(',')}}}`, 0))
    await expect(opening).rejects.toThrow(/__metadata__ has 100001 entries; the limit is 100000/)
  })

  test('values nested deeper than the official library accepts', async () => {
    const nested = (depth: number) => open(file(`{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`, 0))
    await expect(nested(127)).rejects.toThrow(/the header nests values more than 127 deep/)
    await expect(nested(126)).rejects.toThrow(/tensor "a" is not described by an object/)
  })

  test('brackets and commas in names do not count', async () => {
    const name = `${'['.repeat(200)}\\"${','.repeat(200)}`
    const { sections } = await open(file(`{"${name}":${tensor([1], [0, 4])}}`, 4))
    expect([...sections.get('')!.keys()]).toEqual([`${'['.repeat(200)}"${','.repeat(200)}`])
  })

  test('a header beyond the limit is not recognised as one', async () => {
    await expect(open(file('{}', 0, 100_000_001))).rejects.toThrow(/found something unknown/)
  })
})

describe('accepted', () => {
  test('no tensors', async () => {
    expect((await open(file('{}', 0))).sections.size).toBe(0)
  })

  test.each<[string, string, number]>([
    ['metadata that are null', `{"__metadata__":null,"a":${tensor([1], [0, 4])}}`, 4],
    ['spaces before the header', `\t\n\r {"a":${tensor([1], [0, 4])}}`, 4],
    ['more of them than are read at first', `${' '.repeat(2000)}{"a":${tensor([1], [0, 4])}}`, 4],
    ['blanks everywhere', `{ "a" : {"dtype" : "F32" , "shape" : [ 1 ] , "data_offsets" : [ 0 , 4 ] } }`, 4],
    ['a surrogate pair in escapes', `{"\\ud83d\\ude00":${tensor([1], [0, 4])}}`, 4],
    [
      'unknown fields, twice, of any value',
      `{"a":{"x":-0,"x":[1e5,true,{}],${tensor([1], [0, 4]).slice(1)}}`,
      4,
    ],
    ['a tensor as a list', '{"a":["F32",[1],[0,4]]}', 4],
    ['a type as an object', `{"a":${tensor([1], [0, 4], { F32: null })}}`, 4],
  ])('%s, as in the official library', async (_, text, size) => {
    const [first] = (await open(file(text, size))).sections.get('')!.values()
    expect(first).toMatchObject({ dtype: 'float32', shape: [1] })
  })

  test('a string with millions of escapes', async () => {
    const text = `{"__metadata__":{"x":"${'\\n'.repeat(4_000_000)}"},"a":${tensor([1], [0, 4])}}`
    const { facts } = await open(file(text, 4))
    expect(facts.get('x')).toHaveLength(4_000_000)
  })

  test('spaces after the header, tensors out of order, unusual names', async () => {
    const text = `{"__proto__":${tensor([1], [4, 8])},"b":${tensor([], [0, 4])},"e":${tensor([0, 9], [4, 4])},"a:{}\\"":${tensor([2], [8, 12], 'F16')}}   `
    const { sections } = await open(file(text, 12))
    const state = sections.get('')!
    expect([...state.keys()]).toEqual(['b', 'e', '__proto__', 'a:{}"'])
    expect(state.get('__proto__')!.shape).toEqual([1])
    expect({}).not.toHaveProperty('dtype')
  })
})

test('the types are the ones in the table of all types', () => {
  const named = Object.keys(DTYPES).flatMap(name =>
    isDType(name) && dtypeFacts(name).safetensors ? [[name, dtypeFacts(name).safetensors]] : [],
  )
  expect(new Map(TYPES.map(({ dtype, name }) => [dtype, name]))).toEqual(new Map(named as [never, string][]))
})
