/**
 * Our decoder compared with the npm package pickleparser: where that can read a pickle, both read the same. Also the reasons
 * why it is not used at run time: each test shows our result beside its own.
 */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Parser } from 'pickleparser'
import { describe, expect, test } from 'vitest'
import { memorySource } from '../../src/bytes/source.ts'
import { decodePickle } from '../../src/pickle/decode.ts'
import { encodePickle } from '../../src/pickle/encode.ts'
import { Call, Global, Persistent, type PickleValue, Tuple } from '../../src/pickle/values.ts'
import { readEntry } from '../../src/zip/entry.ts'
import { readZip } from '../../src/zip/read.ts'
import { bytesOf, decode, decodeValue, globalName, text, u32, u64 } from '../helpers/pickle-bytes.ts'

/** The common form of an object made by calling a global. */
class Made {
  readonly path: string
  readonly args: unknown[]
  state: unknown
  readonly items: unknown[] = []
  readonly entries = new Map<unknown, unknown>()

  constructor(path: string, args: unknown[]) {
    this.path = path
    this.args = args
  }

  set(key: unknown, value: unknown): void {
    this.entries.set(key, value)
  }

  push(...items: unknown[]): void {
    this.items.push(...items)
  }

  __setstate__(state: unknown): void {
    this.state = state
  }
}

/** Stands for a class or function: it can be called and constructed, and records both. */
function stand(module: string, name: string) {
  const path = `${module}.${name}`
  function make(...args: unknown[]) {
    return new Made(path, args)
  }
  return Object.assign(make, { path })
}

function theirs(bytes: Uint8Array): unknown {
  const parser = new Parser({
    nameResolver: { resolve: stand },
    persistentResolver: { resolve: id => ({ persistent: id }) },
    unpicklingTypeOfDictionary: 'Map',
    unpicklingTypeOfSet: 'Set',
  })
  return named(parser.parse(bytes))
}

/** Functions compare by identity: replaces them with their names. */
function named(value: unknown): unknown {
  if (typeof value === 'function') return `global ${(value as unknown as { path: string }).path}`
  if (Array.isArray(value)) return value.map(named)
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [named(key), named(item)]))
  if (value instanceof Made) {
    const made = new Made(value.path, named(value.args) as unknown[])
    made.state = named(value.state)
    made.items.push(...value.items.map(named))
    for (const [key, item] of value.entries) made.entries.set(named(key), named(item))
    return made
  }
  if (value !== null && typeof value === 'object' && 'persistent' in value)
    return { persistent: named(value.persistent) }
  return value
}

/** Our value in the same form. Pickleparser has no tuples: they are arrays. */
function plain(value: PickleValue | undefined): unknown {
  if (value instanceof Tuple) return value.items.map(plain)
  if (Array.isArray(value)) return value.map(plain)
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [plain(key), plain(item)]))
  if (value instanceof Global) return `global ${value.path}`
  if (value instanceof Persistent) return { persistent: plain(value.id) }
  if (value instanceof Call) {
    const made = new Made(value.path, plain(value.args) as unknown[])
    made.state = plain(value.state)
    made.items.push(...value.items.map(plain))
    for (const [key, item] of value.entries) made.entries.set(plain(key), plain(item))
    return made
  }
  return value
}

/** The pickles of a checkpoint from real PyTorch: `data.pkl`, or the five of a legacy stream. */
async function picklesOf(bytes: Uint8Array): Promise<Uint8Array[]> {
  const source = memorySource(bytes, 'fixture')
  if (bytes[0] === 0x50) {
    const archive = await readZip(source)
    const entry = [...archive.entries.values()].find(({ name }) => name.endsWith('/data.pkl'))!
    return [await readEntry(archive, entry, 1e6)]
  }
  const pickles: Uint8Array[] = []
  for (let offset = 0; pickles.length < 5; ) {
    const { end } = await decodePickle(source, offset)
    pickles.push(bytes.subarray(offset, end))
    offset = end
  }
  return pickles
}

const FOLDER = new URL('../../fixtures/torch/', import.meta.url)
const FIXTURES = readdirSync(FOLDER).filter(name => name.endsWith('.pt'))

describe('both read the same', () => {
  // Those with objects beside the state dict contain 2**70, which it cannot read: see below.
  test.each(FIXTURES.filter(name => !name.includes('-beside')))('in %s', async name => {
    const all = await picklesOf(readFileSync(new URL(name, FOLDER)))
    // Nor can it read the first pickle of a legacy stream, the magic number.
    const readable = all.length === 5 ? all.slice(1) : all
    for (const bytes of readable) {
      const { value } = await decodePickle(memorySource(bytes, name))
      expect(theirs(bytes)).toEqual(plain(value))
    }
  })

  const value: PickleValue = [
    null,
    true,
    -5,
    70000,
    'text',
    new Tuple([]),
    new Tuple([1, new Tuple([2, 3, 4, 5])]),
    new Map<PickleValue, PickleValue>([
      ['a', [1]],
      [2, new Map()],
    ]),
    new Global('torch', 'FloatStorage'),
    new Call(new Global('torch', 'Size'), new Tuple([1])),
    new Persistent(new Tuple(['storage', '0'])),
  ]

  test('in what we write', () => {
    expect(theirs(encodePickle(value))).toEqual(plain(value))
  })

  test.each([
    ['protocol 0', ['(lp0\nI7\naF1.5\naI01\naNa.']],
    ['protocol 4 with frame and memo', ['\x80\x04\x95', u64(12), ']\x94(\x8c\x01a\x94h\x01K\x07e.']],
    ['protocol 5 with a byte array', ['\x80\x05\x96', u64(2), 'ab.']],
    ['sets', ['\x80\x04\x8f(K\x01K\x02\x90.']],
    ['floats', ['G', 0x3f, 0xf8, 0, 0, 0, 0, 0, 0, '.']],
    ['an object with a state', [globalName('m', 'C'), ')\x81}', text('a'), 'K\x01sb.']],
    ['marks and pops', ['K\x01(K\x02K\x0310K\x04.']],
  ] as const)('in %s', async (_, parts) => {
    const bytes = bytesOf(...parts)
    expect(theirs(bytes)).toEqual(plain(await decodeValue(bytes)))
  })
})

describe('why it is not used at run time (pickleparser 0.2.1)', () => {
  test('it reads LONG1 as unsigned', async () => {
    const bytes = bytesOf('\x80\x02\x8a\x01\xfb.')
    expect(await decodeValue(bytes)).toBe(-5)
    expect(new Parser().parse(bytes)).toBe(251)
    const longer = bytesOf('\x80\x02\x8a\x05\x00\x00\x00\x00\xfe.')
    expect(await decodeValue(longer)).toBe(-8589934592)
    expect(new Parser().parse(longer)).toBe(1090921693184)
  })

  test('it cannot read the first 15 bytes of any legacy checkpoint', async () => {
    const bytes = bytesOf('\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.')
    expect(await decodeValue(bytes)).toBe(0x1950a86a20f9469cfc6cn)
    expect(() => new Parser().parse(bytes)).toThrow('Value too large to unpickling')
  })

  test('it cannot read a checkpoint that contains 2**70', async () => {
    const names = FIXTURES.filter(name => name.includes('-beside'))
    expect(names).not.toEqual([])
    for (const name of names) {
      const all = await picklesOf(readFileSync(new URL(name, FOLDER)))
      const bytes = all.length === 5 ? all[3]! : all[0]!
      const { value } = await decodePickle(memorySource(bytes, name))
      const { nested } = Object.fromEntries((value as Map<string, Map<string, Tuple>>).get('when')!)
      expect(nested!.items).toContain(2n ** 70n)
      expect(() => theirs(bytes)).toThrow('Value too large to unpickling')
    }
  })

  test('six bytes make it use all memory', async () => {
    const bytes = bytesOf('B', u32(0xfffffffb), '.')
    await expect(decode(bytes)).rejects.toThrow(/ends in the middle of an item/)
    const path = createRequire(import.meta.url).resolve('pickleparser')
    const script = `new (require(${JSON.stringify(path)}).Parser)().parse(Uint8Array.of(${bytes})); console.log('done')`
    const ran = spawnSync(process.execPath, ['--max-old-space-size=24', '-e', script], {
      encoding: 'utf8',
      timeout: 20_000,
    })
    expect(ran.stdout).toBe('')
    expect(ran.stderr).toMatch(/out of memory/)
  })

  test('it cannot append two million items at once', async () => {
    const bytes = bytesOf('](', 'N'.repeat(2_000_000), 'e.')
    expect(await decodeValue(bytes)).toHaveLength(2_000_000)
    expect(() => new Parser().parse(bytes)).toThrow(RangeError)
  })

  test('it takes the class of OBJ from the wrong end', async () => {
    const bytes = bytesOf('(', globalName('m', 'C'), 'K\x01o.')
    expect(await decodeValue(bytes)).toEqual(new Call(new Global('m', 'C'), new Tuple([1])))
    expect(() => new Parser().parse(bytes)).toThrow(TypeError)
  })

  test.each([
    ['a memo key that was never set', 'h\x05.'],
    ['STOP on an empty stack', '.'],
    ['a memo entry from an empty stack', 'q\x00h\x00.'],
  ])('it answers %s with undefined', async (_, parts) => {
    await expect(decode(parts)).rejects.toThrow(
      /^test\.pkl: byte 0 \(0x0\): expected .* found (none|nothing)/,
    )
    expect(new Parser().parse(bytesOf(parts))).toBeUndefined()
  })

  describe('_metadata, an attribute that PyTorch gives to every state dict', () => {
    // OrderedDict(weight=1), then its attributes: {'_metadata': 'versions'}
    const bytes = bytesOf(
      globalName('collections', 'OrderedDict'),
      ')R',
      text('weight'),
      'K\x01s}',
      text('_metadata'),
      text('versions'),
      'sb.',
    )

    test('we keep it apart from the entries', async () => {
      const value = (await decodeValue(bytes)) as Call
      expect(value.entries).toEqual(new Map([['weight', 1]]))
      expect(value.state).toEqual(new Map([['_metadata', 'versions']]))
    })

    test('it loses it if dicts are Maps', () => {
      const parser = new Parser({
        unpicklingTypeOfDictionary: 'Map',
        nameResolver: { resolve: () => () => new Map() },
      })
      expect(parser.parse(bytes)).toEqual(new Map([['weight', 1]]))
    })

    test('it puts it among the tensors if dicts are objects', () => {
      const parser = new Parser({ nameResolver: { resolve: () => () => ({}) } })
      expect(parser.parse(bytes)).toEqual({ weight: 1, _metadata: 'versions' })
    })
  })

  test('a pickle can change a class that was registered with it, for all later pickles', async () => {
    class OrderedDict {}
    const bytes = bytesOf(globalName('collections', 'OrderedDict'), '}', text('evil'), 'K\x01sb.')
    await expect(decode(bytes)).rejects.toThrow(/expected an object to set the state of/)
    new Parser({ nameResolver: { resolve: () => OrderedDict } }).parse(bytes)
    expect((OrderedDict as unknown as { evil: unknown }).evil).toBe(1)
  })
})
